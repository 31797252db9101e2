"""HTTP requests, and the parsing of their JSON bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from .refusals import unreadable

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
        value: Any = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise unreadable("The request body is not a JSON object.")
    # Remove `null` inside members too, because amazon-cognito-identity-js in a browser sends `"DEVICE_KEY": null`.
    return {
        name: _without_null(cast("Request", member)) if isinstance(member, dict) else member
        for name, member in _without_null(cast("Request", value)).items()
    }


def _without_null(members: Request) -> Request:
    return {name: member for name, member in members.items() if member is not None}
