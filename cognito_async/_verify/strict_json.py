"""Strict parsing of JSON objects in tokens and key sets: refuse a text that two parsers could read differently."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn, cast

# Claims have few levels. Without a limit, it would depend on Python's version, and on the caller's place in the stack,
# whether a deeply nested token can be read. It could also crash a thread with a small stack.
_MOST_LEVELS = 100
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_SPACE = " \t\n\r"


class _Duplicate(ValueError):
    """A member that an object has twice."""


def read_object(data: bytes) -> dict[str, Any] | str:
    """Return the members of a JSON object in UTF-8, or the reason for its refusal: `"json"` or `"duplicate"`.

    At any depth, it refuses duplicate members, NaN, infinities, numbers that overflow a float, and strings that UTF-8
    cannot express. It also refuses more than 100 levels, and byte order marks and UTF-16, which `json.loads` accepts in
    bytes.

    This never raises, because a traceback could show the data.
    """
    try:
        text = data.decode().strip(_SPACE)
        if text.count("[") + text.count("{") > _MOST_LEVELS and _is_deep(text):
            return "json"
        value, end = _DECODER.raw_decode(text)  # `decode` takes longer, and looks for space only
        if end != len(text):
            return "json"
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # fails at half of a surrogate pair
    except _Duplicate:
        return "duplicate"
    except (ValueError, RecursionError):
        return "json"
    return cast("dict[str, Any]", value) if type(value) is dict else "json"


def _is_deep(text: str) -> bool:
    level = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        level += 1 if bracket in "[{" else -1
        if level > _MOST_LEVELS:
            return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Duplicate
    return members


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _refuse(_: str) -> NoReturn:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_finite, parse_constant=_refuse)
