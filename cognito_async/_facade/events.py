"""Events of one `Auth`: sign-ins, refreshes, sign-outs, for listeners and streams."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self
from weakref import WeakSet

import anyio
import anyio.lowlevel

from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.listeners import call_listener, is_plain_function

if TYPE_CHECKING:
    from .user.user import CognitoUser

EventName = Literal[
    "sign_up",
    "confirm_sign_up",
    "auto_sign_in",
    "sign_in",
    "sign_out",
    "restore",
    "switch_user",
    "token_refresh",
    "forgot_password",
    "confirm_forgot_password",
    "update_attributes",
    "verify_totp",
    "delete_user",
]
# A listener that takes none for so long misses the oldest.
_MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """Something that an `Auth` did, or failed to do.

    Attributes:
        name: what, by the name of the call; `"restore"` is a current user found in the store, and `"sign_out"` with
            an error a session that the service, or another program, has ended.
        user: whom it concerns, where that is known.
        error: why it failed, as a rule a `CognitoError`; `None` if it worked.
        at: when, aware, by the clock of the pool.
    """

    name: EventName
    user: CognitoUser | None
    error: Exception | None
    at: datetime

    @property
    def failed(self) -> bool:
        """Whether it did not work."""
        return self.error is not None


Listener = Callable[[AuthEvent], object]


class EventStream:
    """The events from the moment it was made: `with auth.events() as events: async for event in events: …`.

    It belongs to the event loop on which it is read, and ends when the `Auth` is closed or the `with` block left.
    Who reads too slowly misses the oldest events beyond a thousand.
    """

    def __init__(self, queue: _Queue) -> None:
        self._queue = queue

    def close(self) -> None:
        """End the stream: what has happened until now can still be read."""
        self._queue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AuthEvent:
        event = await self._queue.get()
        if event is None:
            raise StopAsyncIteration
        return event


class _Queue:
    """The events that a stream has not read yet."""

    def __init__(self) -> None:
        self._waiting: deque[AuthEvent] = deque(maxlen=_MOST_WAITING)
        self._readers: set[anyio.Event] = set()
        self._closed = False

    def put(self, event: AuthEvent) -> None:
        """Add an event, unless the stream is closed."""
        if not self._closed:
            self._waiting.append(event)
            self._wake()

    async def get(self) -> AuthEvent | None:
        """Wait for the next event; `None` if the stream is closed and empty."""
        await anyio.lowlevel.checkpoint()
        while not self._waiting:
            if self._closed:
                return None
            news = anyio.Event()
            self._readers.add(news)
            try:
                await news.wait()
            finally:
                self._readers.discard(news)
        return self._waiting.popleft()

    def close(self) -> None:
        """Take no more events."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        for news in list(self._readers):
            news.set()


class Events:
    """The listeners of one `Auth`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: dict[object, Listener] = {}
        # Weakly, so that a dropped stream does not gather events for ever.
        self._queues: WeakSet[_Queue] = WeakSet()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call this function with every event; return a function that ends it."""
        if not is_plain_function(listener):
            raise ConfigurationError("on_event takes a plain function; an async one reads auth.events()")
        key = object()  # a function that is given twice is called twice, and each end ends one
        self._listeners[key] = listener

        def end() -> None:
            self._listeners.pop(key, None)

        return end

    def stream(self) -> EventStream:
        """Return a new stream."""
        queue = _Queue()
        self._queues.add(queue)
        return EventStream(queue)

    def close(self) -> None:
        """End all streams."""
        for queue in list(self._queues):
            queue.close()

    def emit(self, name: EventName, user: CognitoUser | None, error: Exception | None = None) -> None:
        """Pass an event to all streams and listeners. A listener that fails is logged, and breaks nothing."""
        event = AuthEvent(name, user, error, self._clock.now())
        for queue in list(self._queues):
            queue.put(event)
        for key, listener in list(self._listeners.items()):
            if key in self._listeners:  # no listener before it has ended it
                call_listener(listener, event, "a listener of auth events")


class EventScope(AbstractContextManager["EventScope"]):
    """Emits the event of a call when the block ends. Does nothing on a `UserPool`, which has no events.

    Set `user` when it is known. Set `over` to false if the call worked but more must follow, and `happened` if its
    caller may be cancelled after that.
    """

    __slots__ = ("_events", "_name", "happened", "over", "user")

    def __init__(self, events: Events | None, name: EventName, user: CognitoUser | None = None) -> None:
        self._events = events
        self._name: EventName = name
        self.user = user
        self.over = True
        self.happened = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._events is None:
            return
        if isinstance(error, Exception):
            self._events.emit(self._name, self.user, error)
        elif self.over if error is None else self.happened:
            self._events.emit(self._name, self.user)
