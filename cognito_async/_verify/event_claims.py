"""The claims in the events that API Gateway passes to Lambda functions, which have turned into text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from .._core.outside import parse_json

_TIMES = ("exp", "nbf", "iat", "auth_time", "version")
_LISTS = ("cognito:groups", "amr")
# REST APIs write some times like this: Fri Jul 29 18:52:53 UTC 2016.
_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) UTC ([0-9]{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_NUMBER = 15


def claims_of_event(event: object) -> dict[str, Any] | None:
    """Return the claims of an event with the types that they have in a token; `None` if it has no claims.

    HTTP APIs have them in `requestContext.authorizer.jwt.claims`, REST APIs in `requestContext.authorizer.claims`.
    """
    authorizer = _member(_member(event, "requestContext"), "authorizer")
    of_http_api = _member(_member(authorizer, "jwt"), "claims")
    claims = of_http_api or _member(authorizer, "claims")
    if claims is None:
        return None
    read = dict(claims)
    for name in _TIMES:
        if isinstance(read.get(name), str):
            read[name] = _number(read[name])
    for name in _LISTS:
        if isinstance(read.get(name), str):
            read[name] = _list(read[name], may_be_json=of_http_api is None)
    return read


def _member(value: object, name: str) -> Mapping[str, Any] | None:
    found = cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else None


def _number(text: str) -> int | str:
    """Return the number or the seconds of the date in a text, or the text if it is neither."""
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        return int(text)
    date = _DATE.fullmatch(text)
    if date is None or date[1] not in _MONTHS:
        return text
    year, day, hour, minute, second = (int(date[group]) for group in (6, 2, 3, 4, 5))
    try:
        return int(datetime(year, _MONTHS.index(date[1]) + 1, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        return text


def _list(text: str, *, may_be_json: bool) -> list[str]:
    """Return the items of `[a b]`, `[a, b]`, `["a","b"]` or `a,b`."""
    if not (text.startswith("[") and text.endswith("]")):
        return [item for item in text.split(",") if item]
    items: Any = parse_json(text) if may_be_json else None
    if isinstance(items, list) and all(isinstance(item, str) for item in cast("list[object]", items)):
        return cast("list[str]", items)
    return [item for item in (word.rstrip(",") for word in text[1:-1].split()) if item]
