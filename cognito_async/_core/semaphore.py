"""Places for so many at a time; whoever comes when all are taken waits, in order, the urgent before all others."""

from __future__ import annotations

from collections import deque

import anyio


class Slots:
    """A semaphore that hands a place straight to the next in line, costs nothing while there is room, and can hurry.

    It belongs to one event loop. Whoever took a place gives it back, whatever happens meanwhile.

    Args:
        most: how many places there are.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = most
        self._urgent: deque[anyio.Event] = deque()
        self._patient: deque[anyio.Event] = deque()

    @property
    def taken(self) -> int:
        """How many have a place."""
        return self.most - self._free

    @property
    def are_taken(self) -> bool:
        """Whether who comes now has to wait."""
        return not self._free

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._urgent) + len(self._patient)

    async def take(self, *, urgent: bool = False) -> None:
        """Have a place, now or after those who came before; does not give way to other tasks where one is free."""
        if self._free:
            self._free -= 1
            return
        queue = self._urgent if urgent else self._patient
        granted = anyio.Event()
        queue.append(granted)
        try:
            await granted.wait()
        except BaseException:
            # Cancelled: leave the queue, or hand on a place that was granted in the same moment.
            if granted.is_set():
                self.give()
            else:
                queue.remove(granted)
            raise

    def give(self) -> None:
        """Give a place back."""
        queue = self._urgent or self._patient
        if queue:
            queue.popleft().set()
        else:
            self._free += 1
