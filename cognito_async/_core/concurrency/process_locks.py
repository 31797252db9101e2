"""Locks that exclude all tasks of a process, on every event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.lowlevel import checkpoint

from .event_loop import EventLoop, Signal
from .guard import guard

# Seconds after which a waiter looks whether the holder's loop has ended. It need not look for the release, because that
# wakes it.
PROBE_SECONDS = 0.25


@dataclass(slots=True, eq=False, repr=False)
class _Request:
    """One task's request for a lock, and the loop of the task."""

    loop: EventLoop = field(default_factory=EventLoop.current)
    granted: Signal = field(default_factory=Signal)


@dataclass(slots=True, eq=False, repr=False)
class _Lock:
    holder: _Request
    waiting: deque[_Request] = field(default_factory=deque[_Request])


class ProcessLocks:
    """One lock for each key. Tasks get it in the order in which they ask for it.

    If the loop of the holder ends before the release, such as in another thread, the next task gets the lock.
    """

    def __init__(self) -> None:
        # A lock exists while a task holds it, because a service has as many keys as users.
        self._locks: dict[str, _Lock] = {}

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Return a lock that one task of this process holds at a time."""
        return self._lock(key)

    @asynccontextmanager
    async def _lock(self, key: str) -> AsyncIterator[None]:
        await checkpoint()
        request = _Request()
        self._join(key, request)
        try:
            while not self._holds(key, request):
                with anyio.move_on_after(PROBE_SECONDS):
                    await request.granted.wait()
            yield
        finally:
            self._leave(key, request)

    def _join(self, key: str, request: _Request) -> None:
        """Take the lock, or join its queue."""
        with guard:
            lock = self._locks.get(key)
            if lock is None:
                self._locks[key] = _Lock(request)
            else:
                lock.waiting.append(request)

    def _holds(self, key: str, request: _Request) -> bool:
        """Return whether this request holds the lock now. If the holder's loop has ended, pass the lock on first."""
        with guard:
            lock = self._locks[key]
            if lock.holder is not request and lock.holder.loop.has_ended:
                self._pass_on(key, lock)
            return lock.holder is request

    def _leave(self, key: str, request: _Request) -> None:
        """Release the lock, or leave its queue."""
        with guard:
            lock = self._locks.get(key)
            if lock is not None and lock.holder is request:
                self._pass_on(key, lock)
            elif lock is not None and request in lock.waiting:
                lock.waiting.remove(request)

    def _pass_on(self, key: str, lock: _Lock) -> None:
        """Give the lock to the first waiter whose loop has not ended; delete it if there is none."""
        while lock.waiting:
            lock.holder = lock.waiting.popleft()
            if not lock.holder.loop.has_ended:
                lock.holder.granted.set()
                return
        del self._locks[key]
