"""The interfaces of a backend (a connection pool or an httpx client) and of one connection."""

from __future__ import annotations

from typing import Protocol

from .message import HttpReply, HttpRequest


class HttpBackend(Protocol):
    """A way to send requests, any number at a time."""

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send the request and read its reply to the end, whatever its status.

        Raises:
            ConfigurationError: if the request cannot be sent.
            TransportError: if no usable reply arrives. It does not refer to another library's error, which may hold
                the request.
        """
        ...

    async def aclose(self) -> None:
        """Close idle connections now, unless the program owns them. Those in use are closed when their requests end."""
        ...

    def drop(self) -> None:
        """Close all connections at once, if that is possible without their event loop, which may have ended.

        Any thread may call this.
        """
        ...


class Connection(Protocol):
    """One open connection, used by one request at a time. After an error, the caller must close it."""

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send the request and read its reply to the end, whatever its status.

        Raises:
            ConnectionLost: if the connection ends, or invalid bytes arrive, before the reply is complete.
            InvalidReply: if the reply is too long.
        """
        ...

    @property
    def stays_open(self) -> bool:
        """Return whether the last reply was complete, and the server does not close the connection after it."""
        ...

    def is_reusable(self) -> bool:
        """Return whether the next request can use the connection.

        It can if the connection stays open, and the server has sent neither bytes nor EOF since the last reply. The
        check costs a system call, so make it only before use.
        """
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...

    def drop(self) -> None:
        """Close the connection at once. Any thread may call this, and the event loop may have ended."""
        ...
