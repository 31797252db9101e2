"""Refresh token rotation: the valid refresh tokens of a family, when they expire, and their replacement.

`RevokeToken` with any token of a family revokes them all.
"""

from __future__ import annotations

import uuid
from typing import Any

from ..settings.client import AppClientSettings
from ..state.entities import TokenFamily
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from .grants import Grant

# The most valid refresh tokens of a family. Each use within the grace period adds one, so the limit is far above the
# number of a client's retries.
_MOST_VALID = 1000


def issue_refresh_token(state: ServiceState, grant: Grant) -> str:
    """Issue a refresh token. All refresh tokens of a family expire at the same time."""
    client, family = grant.client, grant.family
    token_id = str(uuid.uuid4())
    ends = family.auth_time + client.refresh_token_validity
    if client.refresh_token_rotation:
        newest = list(family.refresh_tokens.items())[1 - _MOST_VALID :]
        family.refresh_tokens = {**dict(newest), token_id: ends}
    return state.opaque_tokens.refresh_token(
        {
            "pool": grant.pool.settings.id,
            "event": family.event_id,
            "client": client.id,
            "sub": grant.user.sub,
            "id": token_id,
            "ends": ends,
        }
    )


def check_reuse(state: ServiceState, client: AppClientSettings, family: TokenFamily, known: dict[str, Any]) -> None:
    """Refuse a refresh token that was replaced, if its grace period has ended.

    It is unknown whether the service then revokes the whole family, and which message its error has. The local pool
    leaves the newer tokens valid.
    """
    if not client.refresh_token_rotation:
        return
    if family.refresh_tokens.get(known["id"], 0.0) <= state.now().timestamp():
        raise Refusal("RefreshTokenReuseException", "Refresh Token has already been used")


def rotate(state: ServiceState, grant: Grant, known: dict[str, Any]) -> str:
    """Replace a refresh token. Call this after issuing the other tokens: a refused refresh must not spend it."""
    client, family = grant.client, grant.family
    # Another refresh may have replaced this token while the trigger ran.
    check_reuse(state, client, family, known)
    now, valid = state.now().timestamp(), family.refresh_tokens
    # The first use starts the grace period. Later ones must not extend it.
    valid = {**valid, known["id"]: min(valid[known["id"]], now + client.refresh_token_grace_period)}
    # Store only the ids of valid tokens, so that refreshes do not grow the table. A token whose id is missing was
    # replaced: its encryption proves that this service has issued it.
    family.refresh_tokens = {token_id: ends for token_id, ends in valid.items() if ends > now}
    return issue_refresh_token(state, grant)
