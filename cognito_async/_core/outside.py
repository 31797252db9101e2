"""Values from outside: numbers, times and JSON of replies, tokens, states, stores and options, checked before any use.

Arithmetic comes after the bounds, because Python raises `OverflowError` near the first and the last year of `datetime`,
for large integers and for infinity.
"""

from __future__ import annotations

import codecs
import json
import math
from datetime import UTC, datetime
from typing import Any, TypeGuard, cast

# No real time is outside these bounds. They leave room for the addition of lifetimes and clock offsets.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)
LATEST_SECONDS = int(LATEST.timestamp())
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
    return datetime.fromtimestamp(max(seconds, 0), UTC) if is_number(seconds, -math.inf, LATEST_SECONDS) else None


def parse_json(data: bytes | str) -> Any:
    """Return the value of a JSON text in UTF-8.

    Return `None` if it is not JSON, is nested too deeply, or has a string that UTF-8 cannot express. A `str`, and
    an escape of JSON, can be half of a surrogate pair. Such a string cannot be sent or stored.

    This never raises, because a traceback could show the text, which may contain secrets.
    """
    try:
        if isinstance(data, str):
            text = data
            text.encode()  # fails at half of a surrogate pair that is not escaped
        else:
            text = data.removeprefix(codecs.BOM_UTF8).decode()
        value = json.loads(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def parse_object(data: bytes | str) -> dict[str, Any] | None:
    """Return the members of a JSON object; `None` for anything else, as `parse_json` does."""
    value = parse_json(data)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
