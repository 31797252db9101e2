"""The limit on the number of values in a reply's JSON, because parsing many small values blocks the event loop.

Parsing needs about 1 microsecond for each value, and less than 10 nanoseconds for each byte of a string. It holds
Python's lock all the time, so a worker thread would not help.
"""

from __future__ import annotations

from anyio.lowlevel import checkpoint

# Commas and opening brackets outside of strings: one for each value, and one more for each list or object. The longest
# page of users, with all attributes that a pool can have, has about 13,000.
MOST_MARKS = 20_000
_SLICE = 32 * 1024


async def has_too_many_values(body: bytes) -> bool:
    """Return whether a JSON text has more than MOST_MARKS values. Other tasks run while a long text is counted."""
    if len(body) <= MOST_MARKS:
        return False
    counter = _Counter()
    for begin in range(0, len(body), _SLICE):
        if counter.add(body[begin : begin + _SLICE]) > MOST_MARKS:
            return True
        await checkpoint()
    return False


class _Counter:
    """Counts the marks outside of strings in successive slices of a text."""

    def __init__(self) -> None:
        self._marks = 0
        self._in_string = False
        self._held = b""  # a backslash at the end of the last slice

    def add(self, text: bytes) -> int:
        """Count the next slice, and return the number of marks so far."""
        text = (self._held + text).replace(b"\\\\", b"")
        self._held = text[-1:] if text.endswith(b"\\") else b""
        parts = text.removesuffix(b"\\").replace(b'\\"', b"").split(b'"')
        outside = b"".join(parts[self._in_string :: 2])
        self._in_string ^= len(parts) % 2 == 0
        self._marks += outside.count(b",") + outside.count(b"[") + outside.count(b"{")
        return self._marks
