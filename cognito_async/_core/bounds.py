"""Bounds for numbers and times from outside: replies, tokens, states, stores, options. Arithmetic comes after them.

Python raises `OverflowError` near the first and the last year of `datetime`, for large integers and for infinity.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TypeGuard

# No real time is outside these bounds. They leave room for the addition of lifetimes and clock offsets.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)
_LATEST_SECONDS = int(LATEST.timestamp())
# The largest number of seconds, of requests per second and the like: 31 years.
MOST = 1_000_000_000


def is_number(value: object, least: float, most: float = MOST) -> TypeGuard[float]:
    """Return whether a value is a number from `least` to `most`. A `bool` is not a number."""
    # Python compares integers of any size with floats exactly. NaN is not between any two numbers.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most


def clamp(time: datetime) -> datetime:
    """Return an aware datetime in UTC, or the nearest bound if it is not between EARLIEST and LATEST."""
    # Compare before the conversion, which overflows at the bounds of `datetime`.
    if time <= EARLIEST:
        return EARLIEST
    return LATEST if time >= LATEST else time.astimezone(UTC)


def time_of(seconds: object) -> datetime | None:
    """Return the time that is this many seconds after 1970, or EARLIEST if that is before it.

    Return `None` if the value is not a number, or the time is after LATEST: a token that expires then never expires.
    """
    return datetime.fromtimestamp(max(seconds, 0), UTC) if is_number(seconds, -math.inf, _LATEST_SECONDS) else None
