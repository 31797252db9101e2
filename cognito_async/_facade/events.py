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

from anyio.lowlevel import checkpoint

from .._core.clock import Clock
from .._core.concurrency.event_loop import Signal
from .._core.concurrency.guard import guard
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
# The most unread events that a stream holds. If its reader is too slow, the stream drops the oldest.
_MAX_WAITING = 1000


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """Something that an `Auth` did or failed to do.

    Attributes:
        name: the name of the call, or of a change that no call made. `"restore"` means that the current user was read
            from the store, and `"token_refresh"` that tokens were refreshed. `"sign_out"` with an error means that the
            service or another program has ended the session.
        user: the user of the event; `None` if unknown.
        error: why the call or change failed, usually a `CognitoError`; `None` if it succeeded.
        at: the time of the event by the pool's clock, with a time zone.
    """

    name: EventName
    user: CognitoUser | None
    error: Exception | None
    at: datetime

    @property
    def failed(self) -> bool:
        """Return whether the event has an error."""
        return self.error is not None


Listener = Callable[[AuthEvent], object]


class EventStream:
    """All events since the stream was created: `with auth.events() as events: async for event in events: …`.

    Read a stream on one event loop at a time. It ends when the `Auth` is closed or the `with` block ends. It holds at
    most 1,000 unread events and drops the oldest beyond that.
    """

    def __init__(self, queue: _Queue) -> None:
        self._queue = queue

    def close(self) -> None:
        """End the stream. Events that are already in it can still be read."""
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
    """The unread events of a stream."""

    def __init__(self) -> None:
        self._waiting: deque[AuthEvent] = deque(maxlen=_MAX_WAITING)
        self._readers: set[Signal] = set()
        self._closed = False

    def put(self, event: AuthEvent) -> None:
        """Add an event. Does nothing if the stream is closed."""
        if not self._closed:
            self._waiting.append(event)
            self._wake()

    async def get(self) -> AuthEvent | None:
        """Wait for the next event and return it. Return `None` if the stream is closed and empty."""
        await checkpoint()
        while True:
            news = Signal()
            self._readers.add(news)  # before the look at the events, because another thread may add one after it
            try:
                if self._waiting:
                    return self._waiting.popleft()
                if self._closed:
                    return None
                await news.wait()
            finally:
                self._readers.discard(news)

    def close(self) -> None:
        """Accept no more events."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        for news in list(self._readers):
            news.set()


class Events:
    """The listeners and streams of one `Auth`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: dict[object, Listener] = {}
        # Weak references: otherwise the queue of a stream that is no longer used would collect events forever.
        self._queues: WeakSet[_Queue] = WeakSet()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every event from now on. Return a function that ends this."""
        if not is_plain_function(listener):
            raise ConfigurationError("listener must be a plain function; async code reads auth.events() in a task")
        key = object()  # not the function itself: the same function may be registered twice
        self._listeners[key] = listener

        def end() -> None:
            self._listeners.pop(key, None)

        return end

    def stream(self) -> EventStream:
        """Return a new stream of the events from now on."""
        queue = _Queue()
        with guard:
            self._queues.add(queue)
        return EventStream(queue)

    def close(self) -> None:
        """End all streams."""
        for queue in self._open_queues():
            queue.close()

    def _open_queues(self) -> list[_Queue]:
        with guard:  # another thread may add a stream
            return list(self._queues)

    def emit(self, name: EventName, user: CognitoUser | None, error: Exception | None = None) -> None:
        """Pass an event to all streams and listeners. An error of a listener is logged and otherwise ignored."""
        event = AuthEvent(name, user, error, self._clock.now())
        for queue in self._open_queues():
            queue.put(event)
        for key, listener in list(self._listeners.items()):
            if key in self._listeners:  # an earlier listener may have removed it
                call_listener(listener, event, "a listener of auth events")


class EventScope(AbstractContextManager["EventScope"]):
    """A `with` block around a call. At its end it emits the event of the call, unless `events` is `None`.

    A `UserPool` has no events.

    Attributes:
        user: the user of the event. Set it when it is known.
        is_complete: set it to false if the call succeeded but the sign-in continues with a challenge. Then nothing is
            emitted.
        is_committed: set it to true when the effect is permanent. Then the event is emitted even if the caller is
            cancelled afterwards.
    """

    __slots__ = ("_events", "_name", "is_committed", "is_complete", "user")

    def __init__(self, events: Events | None, name: EventName, user: CognitoUser | None = None) -> None:
        self._events = events
        self._name: EventName = name
        self.user = user
        self.is_complete = True
        self.is_committed = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._events is None:
            return
        if isinstance(error, Exception):
            self._events.emit(self._name, self.user, error)
        elif self.is_complete if error is None else self.is_committed:
            self._events.emit(self._name, self.user)
