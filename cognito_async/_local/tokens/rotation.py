"""Refresh token rotation: which refresh tokens of a sign-in are good, for how long, and what replaces them.

A sign-in and all refresh tokens that come from it are one family: `RevokeToken` with any of them ends them all.
"""

from __future__ import annotations

import uuid
from typing import Any

from ..state.entities import Pool, TokenFamily, User
from ..state.service_state import ServiceState
from ..state.settings import AppClientSettings
from ..wire.refusals import Refusal

# Each use within the grace period leaves one more token that is good: far more than a client's retries need.
_MOST_GOOD = 1000


def issue_refresh_token(
    state: ServiceState, pool: Pool, client: AppClientSettings, user: User, family: TokenFamily
) -> str:
    """The token that stands for a session of this client; the first one and those after it end at one moment."""
    token_id = str(uuid.uuid4())
    ends = family.auth_time + client.refresh_token_validity
    if client.refresh_token_rotation:
        newest = list(family.refresh_tokens.items())[1 - _MOST_GOOD :]
        family.refresh_tokens = {**dict(newest), token_id: ends}
    return state.opaque_tokens.refresh_token(
        {
            "pool": pool.settings.id,
            "event": family.event_id,
            "client": client.id,
            "sub": user.sub,
            "id": token_id,
            "ends": ends,
        }
    )


def check_reuse(state: ServiceState, client: AppClientSettings, family: TokenFamily, known: dict[str, Any]) -> None:
    """Refuse a token that was replaced, once its grace period is over.

    Whether the service then revokes the whole family is not known, and neither are its words. Here the newer
    tokens stay good.
    """
    if not client.refresh_token_rotation:
        return
    if family.refresh_tokens.get(known["id"], 0.0) <= state.now().timestamp():
        raise Refusal("RefreshTokenReuseException", "Refresh Token has already been used")


def rotate(
    state: ServiceState, pool: Pool, client: AppClientSettings, user: User, family: TokenFamily, known: dict[str, Any]
) -> str:
    """Replace a token for which everything else has been issued, so that no refused refresh spends it."""
    # Another refresh with this token may have come first while the trigger ran.
    check_reuse(state, client, family, known)
    now, good = state.now().timestamp(), family.refresh_tokens
    # The first use counts: a later one would only move the end away.
    good = {**good, known["id"]: min(good[known["id"]], now + client.refresh_token_grace_period)}
    # Only good ones are kept, however often a session is refreshed: the seal shows that another was ours once.
    family.refresh_tokens = {token_id: ends for token_id, ends in good.items() if ends > now}
    return issue_refresh_token(state, pool, client, user, family)
