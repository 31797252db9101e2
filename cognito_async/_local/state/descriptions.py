"""What calls have set of a pool and its app clients beyond the settings, and the things that belong to a pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Description:
    """The times of a pool or an app client, and the members that only come back in descriptions, by their paths."""

    created: datetime
    modified: datetime
    members: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def new(cls, now: datetime, members: Mapping[str, Any] | None = None) -> Description:
        return cls(now, now, members or {})

    def times(self) -> dict[str, float]:
        """Return the times as members of a reply."""
        return {
            "LastModifiedDate": round(self.modified.timestamp(), 3),
            "CreationDate": round(self.created.timestamp(), 3),
        }


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of a pool: a prefix of Cognito's, or your own with a certificate."""

    name: str
    managed_login_version: int
    custom: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ResourceServer:
    """An API, with its scopes and their descriptions."""

    identifier: str
    name: str
    scopes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Another directory from which users may sign in. Its details may contain a client secret."""

    name: str
    type: str
    description: Description
    details: Mapping[str, str] = field(repr=False)
    attribute_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    identifiers: tuple[str, ...] = ()
