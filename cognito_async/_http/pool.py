"""A pool of connections to one origin. Its cost per call does not grow with the number of concurrent calls."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Awaitable, Callable

from anyio.lowlevel import checkpoint

from .._core.clock import Clock
from .._core.concurrency.semaphore import PrioritySemaphore
from .._core.errors import CognitoError, ConnectFailed
from .backend import Connection
from .failures import ConnectionLost, without_reply
from .message import HttpReply, HttpRequest
from .options import MOST_CONNECTIONS
from .origin import Origin
from .stream import OpenStream, open_stream

# A server closes idle connections. If it does so while a call is being sent, it is unknown whether the call took
# effect. Therefore a call that must not be repeated uses only a connection that was used a moment ago. Any other call
# is sent again if the server closed the connection before it sent a byte of the reply.
JUST_USED_SECONDS = 2.0
IDLE_SECONDS = 30.0


class ConnectionPool:
    """A pool of connections. Each call gets the most recently used one, which is most likely still open at the server.

    Args:
        connect: opens a connection, or raises `ConnectFailed`.
        clock: measures how long a connection has been idle.
        most: the largest number of open connections; 100 by default.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], clock: Clock, *, most: int = MOST_CONNECTIONS
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._places = PrioritySemaphore(most)
        self._idle: deque[tuple[float, Connection]] = deque()  # with the time of last use; the latest is last
        self._used: set[Connection] = set()
        self._closed = False

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send a request and return its reply, whatever its status.

        Raises:
            ConfigurationError: if the request cannot be sent.
            TransportError: if no usable reply arrives.
        """
        request.check()
        if not self._places.is_full:
            # Yield once, so that ready tasks send together: a local server wakes once for all of them, which saves a
            # quarter of a call's CPU.
            await checkpoint()
        await self._places.acquire()
        failure: CognitoError
        first_loss = ""
        try:
            connection = await self._idle_connection(request.repeatable)
            if connection is not None:
                try:
                    return await self._use(connection, request)
                except ConnectionLost as lost:
                    if lost.answered or not request.repeatable:
                        raise
                    first_loss = str(lost)
                # The server closed the connection while it was idle, and this call is safe to repeat.
                request.resent = True
            if self._places.acquired + len(self._idle) > self._places.most:
                await self._idle.popleft()[1].aclose()  # close the one that has been idle longest
            return await self._use(await self._connect(), request)
        except ConnectFailed as error:
            # Only the second connection has failed: the server may have received the request on the first one.
            failure = without_reply(request, first_loss) if request.resent else error.with_traceback(None)
        except CognitoError as error:
            failure = error.with_traceback(None)  # its frames hold the received bytes
        except ConnectionLost as lost:
            failure = without_reply(request, str(lost))
        except Exception as error:  # noqa: BLE001 - a library's error may hold the request
            failure = without_reply(request, type(error).__name__)
        finally:
            self._places.release()
        try:
            raise failure
        finally:
            del failure  # otherwise the error and this frame would form a reference cycle, which holds the request

    async def aclose(self) -> None:
        """Close idle connections now. Connections in use are closed when their requests end."""
        self._closed = True
        while self._idle:
            try:
                await self._idle.pop()[1].aclose()
            except BaseException:  # asyncio's own cancellation, which a shield does not stop
                await self.aclose()
                raise

    def drop(self) -> None:
        """Close all connections at once. Any thread may call this, and the event loop may have ended."""
        for connection in (*self._used, *(connection for _, connection in self._idle)):
            connection.drop()

    async def _use(self, connection: Connection, request: HttpRequest) -> HttpReply:
        self._used.add(connection)
        try:
            reply = await connection.exchange(request)
        except BaseException as error:
            error.__traceback__ = None  # frames of anyio refer to their error, and to the request
            await connection.aclose()
            raise
        finally:
            self._used.discard(connection)
        if self._closed or not connection.stays_open:
            await connection.aclose()
        else:
            self._idle.append((self._clock.monotonic(), connection))
            await self._shrink()
        return reply

    async def _shrink(self) -> None:
        """Close the connection that has been idle longest, if for more than IDLE_SECONDS. Each call closes one."""
        since, oldest = self._idle[0]
        if self._clock.monotonic() - since > IDLE_SECONDS:
            self._idle.popleft()
            await oldest.aclose()

    async def _idle_connection(self, repeatable: bool) -> Connection | None:
        """Return the most recently used connection that this call can use, or `None`."""
        now = self._clock.monotonic()
        while self._idle:
            since, connection = self._idle[-1]
            if not repeatable and JUST_USED_SECONDS < now - since <= IDLE_SECONDS:
                break  # this one, and the older ones, remain for repeatable calls
            self._idle.pop()
            if now - since <= IDLE_SECONDS and connection.is_reusable():
                return connection
            await connection.aclose()
        return None


def open_pool(
    origin: Origin, context: ssl.SSLContext | None, clock: Clock, most: int = MOST_CONNECTIONS
) -> ConnectionPool:
    """Return a pool for one origin, with the fastest kind of connection that is installed. May import modules."""
    kind = connection_kind()
    tls = context if origin.scheme == "https" else None

    async def connect() -> Connection:
        return kind(await open_stream(origin, tls), origin)

    return ConnectionPool(connect, clock, most=most)


def connection_kind() -> Callable[[OpenStream, Origin], Connection]:
    """Return the class of connections: with httptools if the extra `fast` is installed, otherwise with httpcore."""
    try:
        from .httptools_connection import HttptoolsConnection  # noqa: PLC0415
    except ImportError:
        from .httpcore_connection import HttpcoreConnection  # noqa: PLC0415

        return HttpcoreConnection
    return HttptoolsConnection
