"""A pool of connections to one origin, whose cost does not grow with the number of calls at once."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Awaitable, Callable

from anyio.lowlevel import checkpoint

from .._aws.rpc import RpcReply
from .._core.clock import Clock
from .._core.semaphore import Slots
from .message import Connection, Lost, Outgoing
from .stream import OpenStream, Origin, open_stream

# Enough for 1,000 calls a second that take 100 ms each; more at once wait for their turn, in order.
MOST_CONNECTIONS = 100
# A server closes a connection that idles, and may do so at the very moment at which a call is sent on it: then
# nobody can say whether the call took effect. For a call that must not be repeated only a connection will do that
# was used a moment ago; any other call is sent again, if the server closed before a byte came back.
JUST_USED_SECONDS = 2.0
IDLE_SECONDS = 30.0


class ConnectionPool:
    """Lends each call a connection of its own: the one used last, while the server may still keep it.

    Args:
        connect: opens a connection, or raises `Unsent`.
        clock: tells how long a connection has idled.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], clock: Clock, *, most: int = MOST_CONNECTIONS
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._slots = Slots(most)
        self._idle: deque[tuple[float, Connection]] = deque()  # the newest last
        self._closed = False

    async def exchange(self, outgoing: Outgoing) -> RpcReply:
        """Send a request and return its reply, whatever its status.

        Raises:
            Unsent, Lost, Unusable: as they say.
        """
        if not self._slots.are_taken:
            # Tasks that are ready together send together then, and not one after the other's work on its last reply:
            # a server on the same machine is woken once for all of them, which saves a quarter of a call's CPU.
            await checkpoint()
        await self._slots.take()
        try:
            connection = await self._idle_connection(outgoing.repeatable)
            if connection is not None:
                try:
                    return await self._use(connection, outgoing)
                except Lost as lost:
                    if lost.answered or not outgoing.repeatable:
                        raise
                # The server had closed it while it idled, and this call is safe to repeat.
            if self._slots.taken + len(self._idle) > self._slots.most:
                await self._idle.popleft()[1].aclose()  # the one that has idled longest makes room
            return await self._use(await self._connect(), outgoing)
        finally:
            self._slots.give()

    async def aclose(self) -> None:
        """Close what idles now, and what is in use as soon as it is not."""
        self._closed = True
        while self._idle:
            try:
                await self._idle.pop()[1].aclose()
            except BaseException:  # asyncio's own cancellation, which no shield stops
                await self.aclose()
                raise

    async def _use(self, connection: Connection, outgoing: Outgoing) -> RpcReply:
        try:
            reply = await connection.exchange(outgoing)
        except BaseException:
            await connection.aclose()
            raise
        if self._closed or not connection.is_kept:
            await connection.aclose()
        else:
            self._idle.append((self._clock.monotonic(), connection))
            await self._shrink()
        return reply

    async def _shrink(self) -> None:
        """After a rush: the connection that has idled longest is closed when its time is over, one a call."""
        since, oldest = self._idle[0]
        if self._clock.monotonic() - since > IDLE_SECONDS:
            self._idle.popleft()
            await oldest.aclose()

    async def _idle_connection(self, repeatable: bool) -> Connection | None:
        """The connection used last, if it will do. The others have idled longer, so nobody need look at them."""
        now = self._clock.monotonic()
        while self._idle:
            since, connection = self._idle[-1]
            if not repeatable and JUST_USED_SECONDS < now - since <= IDLE_SECONDS:
                break  # it and the others will do for calls that may be repeated
            self._idle.pop()
            if now - since <= IDLE_SECONDS and connection.is_reusable():
                return connection
            await connection.aclose()
        return None


def open_pool(origin: Origin, context: ssl.SSLContext, clock: Clock) -> ConnectionPool:
    """A pool for one origin, on connections of the fastest kind that is installed. May import for a while."""
    kind = connection_kind()
    tls = context if origin.scheme == "https" else None

    async def connect() -> Connection:
        return kind(await open_stream(origin, tls), origin)

    return ConnectionPool(connect, clock)


def connection_kind() -> Callable[[OpenStream, Origin], Connection]:
    """With the parser of httptools if the extra `fast` is installed, else httpcore's; imported only now."""
    try:
        from .httptools_connection import HttptoolsConnection  # noqa: PLC0415
    except ImportError:
        from .httpcore_connection import HttpcoreConnection  # noqa: PLC0415

        return HttpcoreConnection
    return HttptoolsConnection
