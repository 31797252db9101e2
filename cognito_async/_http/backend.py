"""The interfaces of a backend, such as a pool or a client of httpx, and of one connection."""

from __future__ import annotations

from typing import Protocol

from .message import HttpReply, HttpRequest


class HttpBackend(Protocol):
    """Sends any number of requests at once."""

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send the request and read its reply to the end, whatever its status.

        Raises:
            ConfigurationError: if the request cannot be sent.
            TransportError: if no usable reply arrives. It has no reference to another library's error.
        """
        ...

    async def aclose(self) -> None:
        """Close idle connections now, and the others when they are no longer in use."""
        ...


class Connection(Protocol):
    """One open connection, used by one request at a time. After an error it must be closed."""

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send the request and read its reply to the end, whatever its status.

        Raises:
            ConnectionLost: if the reply was not whole.
            InvalidReply: if the reply is too long.
        """
        ...

    @property
    def stays_open(self) -> bool:
        """True if the last reply was whole, and the server does not close the connection."""
        ...

    def is_reusable(self) -> bool:
        """Return whether the connection is open with no unread bytes or EOF.

        This costs a system call, so check only before use.
        """
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...
