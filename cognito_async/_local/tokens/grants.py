"""The user and the app client that tokens are issued to."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings.client import AppClientSettings
from ..state.entities import TokenFamily, User
from ..state.pools import Pool
from ..state.trigger_events import Origin


@dataclass(frozen=True, slots=True)
class Grant:
    """A user who has signed in through an app client, and the family of all tokens of that sign-in."""

    pool: Pool
    client: AppClientSettings
    user: User
    family: TokenFamily

    @property
    def origin(self) -> Origin:
        return self.pool.origin(self.client.id)
