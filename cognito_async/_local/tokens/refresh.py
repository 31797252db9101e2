"""Refresh: REFRESH_TOKEN_AUTH and GetTokensFromRefreshToken."""

from __future__ import annotations

from typing import Any

from ..settings.client import AppClientSettings
from ..state.checks import check_secret_hash, fault_of_client_secret
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter, not_authorized, user_disabled
from ..wire.replies import Reply
from ..wire.requests import Request
from .grants import Grant
from .issuing import issue_tokens
from .rotation import check_reuse, rotate


async def refresh_by_flow(
    state: ServiceState, pool: Pool, client: AppClientSettings, parameters: dict[str, str]
) -> Reply:
    """Issue new tokens for InitiateAuth with REFRESH_TOKEN_AUTH.

    If the client has a secret, SECRET_HASH must be made with the user's canonical username, not with an alias. Unlike
    in GetTokensFromRefreshToken, the pre-token-generation trigger does not get the call's `ClientMetadata`.
    """
    token = parameters.get("REFRESH_TOKEN")
    if not token:
        raise invalid_parameter("Refresh Token is missing.")
    known, user = _owner_of(state, pool, client, token)
    check_secret_hash(client, user.username, parameters.get("SECRET_HASH"), ignored_without_secret=True)
    _check_device(pool, known, user, parameters.get("DEVICE_KEY"))
    grant = _grant_of(state, pool, client, user, known)
    return {"ChallengeParameters": {}, "AuthenticationResult": await _refresh(state, grant, known, {})}


async def get_tokens_from_refresh_token(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    known, user = _owner_of(state, pool, client, request["RefreshToken"])
    fault = fault_of_client_secret(client, request.get("ClientSecret"))
    if fault is not None:
        raise not_authorized(fault)
    _check_device(pool, known, user, request.get("DeviceKey"))
    grant = _grant_of(state, pool, client, user, known)
    return {"AuthenticationResult": await _refresh(state, grant, known, request.get("ClientMetadata", {}))}


def _owner_of(state: ServiceState, pool: Pool, client: AppClientSettings, token: str) -> tuple[dict[str, Any], User]:
    known = state.opaque_tokens.open_refresh_token(token)
    if known is None or known["pool"] != pool.settings.id:
        raise not_authorized("Invalid Refresh Token.")
    if known["client"] != client.id:
        raise not_authorized("Refresh Token has different Client")
    user = pool.find_by_sub(known["sub"])
    if user is None:
        raise not_authorized("The user has been deleted for the associated refresh token")
    return known, user


def _check_device(pool: Pool, known: dict[str, Any], user: User, key: str | None) -> None:
    """If the pool tracks devices, refuse a refresh unless it names the session's device, which must be confirmed."""
    if pool.settings.device_tracking == "OFF":
        return
    device, family = user.devices.get(key or ""), pool.token_families.get(known["event"])
    if device is None or device.verifier is None or (family is not None and key != family.device_key):
        raise not_authorized("Invalid Refresh Token.")


def _grant_of(state: ServiceState, pool: Pool, client: AppClientSettings, user: User, known: dict[str, Any]) -> Grant:
    """Return the grant that a refresh token was issued for, unless it has been revoked or has expired."""
    family, now = pool.token_families.get(known["event"]), state.now().timestamp()
    # Expired families are deleted too, but only after their last access token has expired. A family that is missing
    # earlier was revoked.
    if family is None and now < known["ends"] + client.access_token_validity:
        raise not_authorized("Refresh Token has been revoked")
    if family is None or now >= known["ends"]:
        raise not_authorized("Refresh Token has expired")
    if not user.enabled:
        raise user_disabled()
    check_reuse(state, client, family, known)
    return Grant(pool, client, user, family)


async def _refresh(state: ServiceState, grant: Grant, known: dict[str, Any], metadata: dict[str, str]) -> Reply:
    """Issue new tokens. The event's source is that of refreshes, as the trigger's page of the developer guide says.

    The guide's table of operations has TokenGeneration_Authentication for GetTokensFromRefreshToken.
    """
    result = await issue_tokens(state, grant, "TokenGeneration_RefreshTokens", metadata)
    if grant.client.refresh_token_rotation:
        result["RefreshToken"] = rotate(state, grant, known)
    return result
