"""The socket on which a local pool is served, and the address for its clients."""

from __future__ import annotations

import errno
import socket
from typing import Final

_LAST_PORT: Final = 65535


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. uvicorn would open it too late: its port must be known before it serves.

    Raises:
        OSError: if nothing can listen there.
        UnicodeError: if the host name is invalid.
    """
    if isinstance(port, int) and port > _LAST_PORT:
        # `bind` would take the remainder of a division.
        raise OSError(errno.EADDRNOTAVAIL, f"the last port is {_LAST_PORT}")
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.create_server(address[:2], family=family)
    # asyncio sets TCP_NODELAY only if a socket's `proto` is IPPROTO_TCP, but `create_server` leaves it at 0. Accepted
    # connections inherit the option.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def endpoint_of(host: str, port: int) -> str:
    """Return the URL of a server that listens on this host."""
    # A server can bind the addresses that mean "any", but a client cannot call them.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - only compared
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
