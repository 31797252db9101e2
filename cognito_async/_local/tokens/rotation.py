"""Refresh token rotation: the valid refresh tokens of a family, their ends, and their replacement.

`RevokeToken` with any token of a family revokes them all.
"""

from __future__ import annotations

import uuid
from typing import Any

from ..state.entities import TokenFamily
from ..state.service_state import ServiceState
from ..state.settings import AppClientSettings
from ..wire.refusals import Refusal
from .grants import Grant

# Each use within the grace period adds a valid token. The limit is far above the number of a client's retries.
_MOST_VALID = 1000


def issue_refresh_token(state: ServiceState, grant: Grant) -> str:
    """Issue a refresh token. All tokens of a family end at the same time."""
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
    """Refuse a token that was replaced, once its grace period has ended.

    Whether the service then revokes the whole family is unknown, and so is its error message. The local pool
    leaves the newer tokens valid.
    """
    if not client.refresh_token_rotation:
        return
    if family.refresh_tokens.get(known["id"], 0.0) <= state.now().timestamp():
        raise Refusal("RefreshTokenReuseException", "Refresh Token has already been used")


def rotate(state: ServiceState, grant: Grant, known: dict[str, Any]) -> str:
    """Replace a token. Issue everything else before, so that a refused refresh does not spend it."""
    client, family = grant.client, grant.family
    # Another refresh may have replaced this token while the trigger ran.
    check_reuse(state, client, family, known)
    now, valid = state.now().timestamp(), family.refresh_tokens
    # The first use starts the grace period. Later ones must not extend it.
    valid = {**valid, known["id"]: min(valid[known["id"]], now + client.refresh_token_grace_period)}
    # Store only valid token ids, so that refreshes do not grow the table. The encryption proves that this service
    # issued any other token.
    family.refresh_tokens = {token_id: ends for token_id, ends in valid.items() if ends > now}
    return issue_refresh_token(state, grant)
