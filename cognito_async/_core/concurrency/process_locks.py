"""Locks that exclude all tasks of a process, on every event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.lowlevel import checkpoint

from .event_loop import LOOK_SECONDS, EventLoop, Signal
from .guard import guard


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

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Return a lock that one task of this process holds at a time."""
        await checkpoint()
        request = _Request()
        self._join(key, request)
        try:
            while not self._holds(key, request):
                with anyio.move_on_after(LOOK_SECONDS):
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
        holder = self._locks[key].holder
        while holder is not request and holder.loop.has_ended:
            self._pass_on(key, holder)
            holder = self._locks[key].holder
        return holder is request

    def _leave(self, key: str, request: _Request) -> None:
        """Release the lock, or leave its queue.

        If the loop has ended, this runs in a garbage collection, perhaps in the middle of another task's step. So it
        does nothing; the next waiter notices the end.
        """
        if request.loop.has_ended:
            return
        with guard:
            lock = self._locks.get(key)
            if lock is not None and request in lock.waiting:
                lock.waiting.remove(request)
        self._pass_on(key, request)

    def _pass_on(self, key: str, holder: _Request) -> None:
        """If this request holds the lock, give it to the next waiter; delete the lock if there is none."""
        with guard:
            lock = self._locks.get(key)
            if lock is None or lock.holder is not holder:
                return
            if not lock.waiting:
                del self._locks[key]
                return
            lock.holder = lock.waiting.popleft()
        lock.holder.granted.set()
