"""The types of claims: how the JSON value of each becomes the attribute of a claims class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .._core.outside import LATEST_SECONDS


class ClaimType(NamedTuple):
    """The JSON types that a claim may have, and a function that converts it or returns `None` if it is invalid."""

    json: frozenset[type]
    convert: Callable[[Any], Any] | None = None


def _seconds(value: int) -> int | None:
    return value if 0 <= value <= LATEST_SECONDS else None


def _texts(value: list[Any] | str) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if all(type(each) is str for each in value) else None


def _objects(value: list[Any]) -> tuple[dict[str, Any], ...] | None:
    return tuple(value) if all(type(each) is dict for each in value) else None


def _words(value: str) -> tuple[str, ...]:
    return tuple(word for word in value.split(" ") if word)  # only this space separates scopes (RFC 6749 section 3.3)


def _flag(value: bool | str) -> bool | None:
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else value


TEXT = ClaimType(frozenset({str}))
INTEGER = ClaimType(frozenset({int}))
SECONDS = ClaimType(frozenset({int}), _seconds)  # from 1970 to the year 3000
WORDS = ClaimType(frozenset({str}), _words)  # a string of words with spaces between
TEXTS = ClaimType(frozenset({list}), _texts)
TEXT_OR_TEXTS = ClaimType(frozenset({str, list}), _texts)
OBJECTS = ClaimType(frozenset({list}), _objects)
FLAG = ClaimType(frozenset({bool, str}), _flag)  # a string at the userInfo endpoint and in some emulators
INTEGER_OR_TEXT = ClaimType(frozenset({int, str}))
TEXT_OR_OBJECT = ClaimType(frozenset({str, dict}))

# For each claim: the attribute that holds it, and its type.
ClaimTable = Mapping[str, tuple[str, ClaimType]]


def read_claims(claims: Mapping[str, Any], table: ClaimTable) -> dict[str, Any] | None:
    """Return the values of the attributes; `None` if a claim has the wrong type. Other claims become `extra`."""
    extra: dict[str, Any] = {}
    values: dict[str, Any] = {"extra": extra}
    for name, value in claims.items():
        known = table.get(name)
        if known is None:
            extra[name] = value
            continue
        attribute, (json, convert) = known
        if type(value) not in json:
            return None
        values[attribute] = converted = value if convert is None else convert(value)
        if converted is None:
            return None
    return values
