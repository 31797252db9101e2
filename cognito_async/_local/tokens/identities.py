"""Accounts at identity providers that are linked to a user. As at the service, one attribute holds them as JSON."""

from __future__ import annotations

import json
from typing import Any

from ..state.attributes import IDENTITIES
from ..state.entities import User


def identities_of(user: User) -> list[dict[str, Any]]:
    known: list[dict[str, Any]] = json.loads(user.attributes.get(IDENTITIES, "[]"))
    return known


def set_identities(user: User, identities: list[dict[str, Any]]) -> None:
    if identities:
        user.attributes[IDENTITIES] = json.dumps(identities, separators=(",", ":"))
    else:
        user.attributes.pop(IDENTITIES, None)


def identity_claims(value: str) -> list[dict[str, Any]]:
    """Return the `identities` claim of an ID token, in which `primary` and `dateCreated` are strings."""
    return [
        {**each, "primary": str(each["primary"]).lower(), "dateCreated": str(each["dateCreated"])}
        for each in json.loads(value)
    ]
