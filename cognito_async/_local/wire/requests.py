"""HTTP requests, and the parsing of their JSON bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from .refusals import unreadable

# The most levels of a body. The requests of all operations have fewer than 10, and Python itself fails at a number that
# depends on its version.
_MOST_LEVELS = 100
# The members of an operation's input.
Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LocalRequest:
    """A client's HTTP request. Header names are lower case; `path` has no query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


def parse_body(body: bytes) -> Request:
    """Return the members of a JSON object, without those that are `null`: the service treats them as not sent."""
    try:
        value: Any = _without_null(_JSON.decode(body.decode()))
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, list):
        raise unreadable("Start of list found where not expected")
    if not isinstance(value, dict):
        raise unreadable()
    return cast("Request", value)


def _without_null(value: Any, levels: int = _MOST_LEVELS) -> Any:
    """Return the value without `null` at any depth: amazon-cognito-identity-js sends `"DEVICE_KEY": null`."""
    if levels == 0:
        raise ValueError("too many levels")
    if isinstance(value, dict):
        members = cast("Request", value).items()
        return {name: _without_null(member, levels - 1) for name, member in members if member is not None}
    if isinstance(value, list):
        return [_without_null(each, levels - 1) for each in cast("Sequence[Any]", value) if each is not None]
    return value


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's parser accepts although they are not JSON."""
    raise ValueError(constant)


# One for all bodies: each decoder leaves some memory allocated.
_JSON = json.JSONDecoder(parse_constant=_refuse)
