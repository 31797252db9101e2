"""Strict parsing of JSON objects in tokens and key sets: refuse a text that two parsers could read differently."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn, cast

_SPACE = " \t\n\r"


class _Duplicate(ValueError):
    """A member that an object has twice."""


def read_object(data: bytes) -> dict[str, Any] | str:
    """Return the members of a JSON object in UTF-8, or the reason for its refusal: `"json"` or `"duplicate"`.

    At any depth, it refuses duplicate members, NaN, infinities, numbers that overflow a float, and strings that UTF-8
    cannot express. It also refuses byte order marks and UTF-16, which `json.loads` accepts in bytes.

    This never raises, because a traceback could show the data.
    """
    try:
        text = data.decode().strip(_SPACE)
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
