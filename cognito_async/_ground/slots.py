"""Places for so many at a time, in the order of asking."""

from __future__ import annotations

from collections import deque

import anyio


class Slots:
    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[anyio.Event] = deque()

    async def take(self) -> None:
        if self._free:
            self._free -= 1
            return
        granted = anyio.Event()
        self._waiting.append(granted)
        try:
            await granted.wait()
        except BaseException:
            if granted.is_set():
                self.give()
            else:
                self._waiting.remove(granted)
            raise

    def give(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._free += 1
