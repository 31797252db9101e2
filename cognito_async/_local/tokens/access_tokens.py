"""The check of access tokens, in the same order as at the service."""

from __future__ import annotations

import base64
import json
from typing import Any, Final, cast

from ..settings.client import AppClientSettings
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal, not_authorized, password_reset_required, user_disabled, user_not_found
from .grants import Grant

SCOPE: Final = "aws.cognito.signin.user.admin"


async def owner_of_access_token(state: ServiceState, token: str) -> tuple[Pool, AppClientSettings, User]:
    """Return the user of a valid access token, with the pool and the app client."""
    grant = await grant_of_access_token(state, token)
    return grant.pool, grant.client, grant.user


async def owner_of_live_token(
    state: ServiceState, token: str, *undeclared: str
) -> tuple[Pool, AppClientSettings, User]:
    """Return the same for an operation that does not declare `UserNotFoundException` or the other named errors.

    It is unknown how the service refuses such a token there. The local pool says that it is revoked.
    """
    try:
        return await owner_of_access_token(state, token)
    except Refusal as refusal:
        if refusal.code not in ("UserNotFoundException", *undeclared):
            raise
    raise not_authorized("Access Token has been revoked")


async def grant_of_access_token(state: ServiceState, token: str) -> Grant:
    """Return the grant that a valid access token was issued for, or refuse the token."""
    claims = unverified_claims(token)
    if claims is None or claims.get("token_use") != "access":
        raise not_authorized("Invalid Access Token")
    pool = next((each for each in state.pools.values() if each.settings.issuer == claims.get("iss")), None)
    if pool is None or not await pool.keys.have_signed_access_token(token):
        raise not_authorized("Could not verify signature for Access Token")
    if state.now().timestamp() >= claims["exp"]:
        raise not_authorized("Access Token has expired")
    user = pool.find_by_sub(claims["sub"])
    if user is None:
        raise user_not_found()
    if not user.enabled:
        raise user_disabled()
    family, client = pool.token_families.get(claims["event_id"]), pool.clients.get(claims["client_id"])
    if family is None or client is None:
        raise not_authorized("Access Token has been revoked")
    if user.status == "RESET_REQUIRED":  # seen in aws-amplify/amplify-js#11456
        raise password_reset_required()
    if SCOPE not in claims.get("scope", "").split():
        raise not_authorized("Access Token does not have required scopes")
    return Grant(pool, client, user, family)


def unverified_claims(token: str) -> dict[str, Any] | None:
    """Return the claims of a string in the form of a JWT, without verifying it; `None` for any other string."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        head, claims = (json.loads(_from_base64url(part)) for part in parts[:2])
    except (ValueError, RecursionError):
        return None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        return None
    return cast("dict[str, Any]", claims)


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
