"""A first-in, first-out semaphore with a second queue for urgent waiters, which is served first."""

from __future__ import annotations

from collections import deque

import anyio


class PrioritySemaphore:
    """A limit for the number of tasks that run at a time. A released place goes straight to the next waiter.

    It belongs to one event loop. While places are free, `acquire` does not wait. Each `acquire` needs one `release`.

    Args:
        most: the number of places.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = most
        self._urgent: deque[anyio.Event] = deque()
        self._patient: deque[anyio.Event] = deque()

    @property
    def acquired(self) -> int:
        """Return the number of places in use."""
        return self.most - self._free

    @property
    def is_full(self) -> bool:
        """Return whether the next `acquire` has to wait."""
        return not self._free

    @property
    def waiting(self) -> int:
        """Return the number of waiting tasks."""
        return len(self._urgent) + len(self._patient)

    async def acquire(self, *, urgent: bool = False) -> None:
        """Take a place, without yielding to other tasks if one is free. Otherwise wait in the queue."""
        if self._free:
            self._free -= 1
            return
        queue = self._urgent if urgent else self._patient
        granted = anyio.Event()
        queue.append(granted)
        try:
            await granted.wait()
        except BaseException:
            # Cancelled: leave the queue, or pass on a place that was granted at the same time.
            if granted.is_set():
                self.release()
            else:
                queue.remove(granted)
            raise

    def release(self) -> None:
        """Give a place back. If a task is waiting, that task gets it."""
        queue = self._urgent or self._patient
        if queue:
            queue.popleft().set()
        else:
            self._free += 1
