"""The time to refresh tokens: before they expire, and at random, so that sessions do not all refresh at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .._core.errors import ConfigurationError
from .._core.outside import clamp, time_of
from .._core.value_class import value_class

if TYPE_CHECKING:
    from .tokens import Tokens

_USUAL_LIFETIME = 3600.0
# The latest and the earliest refresh, as a time before the expiry: a share of the lifetime, but at most these seconds.
# A token that lives an hour is refreshed between five minutes and one minute before it expires.
_LATEST, _LATEST_SECONDS = 1 / 20, 60.0
_EARLIEST, _EARLIEST_SECONDS = 1 / 5, 300.0


@value_class
class Freshness:
    """The times at which tokens are due for a refresh and the access token expires, by the service's clock.

    `due` is `None` if no token has an expiry. `ends` is `None` if the access token has none.
    """

    tokens: Tokens
    due: datetime | None
    ends: datetime | None

    @classmethod
    def of(cls, tokens: Tokens, share: float) -> Freshness:
        """Return the freshness of these tokens.

        `share`, a random number from 0 to 1, spreads the refreshes: with 1, `due` is the earliest time, with 0 the
        latest. The token that expires first decides: an app client may give the ID token a shorter lifetime.
        """
        ends = None if tokens.expires_at is None else clamp(tokens.expires_at)
        first = min((end for end in (ends, _id_token_expiry(tokens)) if end is not None), default=None)
        if first is None:
            return cls(tokens, None, ends)
        lifetime = _lifetime(tokens, first)
        latest = min(lifetime * _LATEST, _LATEST_SECONDS)
        earliest = min(lifetime * _EARLIEST, _EARLIEST_SECONDS)
        return cls(tokens, first - timedelta(seconds=latest + share * (earliest - latest)), ends)

    def is_due(self, now: datetime) -> bool:
        """Return whether it is time to refresh the tokens."""
        return self.due is not None and now >= self.due

    def is_expired(self, now: datetime) -> bool:
        """Return whether the access token has expired."""
        return self.ends is not None and now >= self.ends


def _id_token_expiry(tokens: Tokens) -> datetime | None:
    try:
        return time_of(tokens.unverified_id_claims.get("exp"))
    except ConfigurationError:
        return None


def _lifetime(tokens: Tokens, ends: datetime) -> float:
    try:
        begins = time_of(tokens.unverified_access_claims.get("iat"))
    except ConfigurationError:
        begins = None
    lifetime = (ends - begins).total_seconds() if begins is not None else _USUAL_LIFETIME
    return lifetime if lifetime > 0 else _USUAL_LIFETIME
