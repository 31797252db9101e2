"""Tokens: issued at sign-in, refreshed, checked when they come back, and revoked."""

from __future__ import annotations

import hmac
import uuid
from typing import Any

from ..state.attributes import IDENTITIES, VERIFIED_FLAGS, readable
from ..state.entities import Pool, TokenFamily, User
from ..state.service_state import ServiceState, check_secret_hash
from ..state.settings import AppClientSettings
from ..state.signing_keys import claims_of
from ..state.triggers import attributes_of, names, run, table, texts
from ..wire.refusals import Refusal, not_authorized, user_not_found
from ..wire.replies import Reply
from ..wire.requests import Request
from .group_claims import group_claims, group_configuration, override
from .identities import identity_claims
from .rotation import check_reuse, rotate

SCOPE = "aws.cognito.signin.user.admin"
# Claims that no trigger may touch.
_RESERVED = frozenset(
    {"sub", "iss", "aud", "exp", "iat", "auth_time", "token_use", "event_id", "origin_jti", "jti", "acr", "amr"}
    | {"cognito:username"}
)


async def refresh_by_flow(
    state: ServiceState, pool: Pool, client: AppClientSettings, parameters: dict[str, str]
) -> Reply:
    """InitiateAuth with REFRESH_TOKEN_AUTH; the hash of a secret client is over the real username.

    Unlike that of GetTokensFromRefreshToken, the call's metadata is not for the trigger of the tokens.
    """
    token = parameters.get("REFRESH_TOKEN")
    if not token:
        raise Refusal("InvalidParameterException", "Refresh Token is missing.")
    known, user = _owner_of(state, pool, client, token)
    check_secret_hash(client, user.username, parameters.get("SECRET_HASH"), ignored_without_secret=True)
    _check_device(pool, known, user, parameters.get("DEVICE_KEY"))
    result = await _refreshed(state, pool, client, known, user, {})
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


async def get_tokens_from_refresh_token(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    known, user = _owner_of(state, pool, client, request["RefreshToken"])
    if client.secret is not None and not request.get("ClientSecret"):
        raise not_authorized(f"Client {client.id} is configured with secret but client secret was not received")
    if not _is_secret_of(client, request.get("ClientSecret")):
        raise not_authorized(f"Unable to verify client secret for client {client.id}")
    _check_device(pool, known, user, request.get("DeviceKey"))
    metadata: dict[str, str] = request.get("ClientMetadata", {})
    return {"AuthenticationResult": await _refreshed(state, pool, client, known, user, metadata)}


async def revoke_token(state: ServiceState, request: Request) -> Reply:
    """A token that is unknown or already revoked counts as done, as RFC 7009 has it."""
    try:
        pool, client = state.client(request["ClientId"])
    except Refusal:
        raise Refusal("UnauthorizedException", "Invalid client.") from None
    if not _is_secret_of(client, request.get("ClientSecret")):
        raise Refusal("UnauthorizedException", "Invalid client secret.")
    if not client.enable_token_revocation:
        raise Refusal("UnsupportedOperationException", "Token revocation is not enabled for the client.")
    if claims_of(request["Token"]) is not None:
        raise Refusal("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
    known = state.opaque_tokens.open_refresh_token(request["Token"])
    if known is not None and known["client"] != client.id:
        raise Refusal("UnauthorizedException", "The token was issued to another client.")
    if known is not None:
        pool.token_families.pop(known["event"], None)
    return {}


async def global_sign_out(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    pool.revoke_tokens(user)
    return {}


async def owner_of_access_token(state: ServiceState, token: str) -> tuple[Pool, AppClientSettings, User]:
    """Whose access token this is; its faults are told in the service's order."""
    pool, client, user, _ = await session_of_access_token(state, token)
    return pool, client, user


async def session_of_access_token(state: ServiceState, token: str) -> tuple[Pool, AppClientSettings, User, TokenFamily]:
    """The same, with the session that the token is of."""
    claims = claims_of(token)
    if claims is None or claims.get("token_use") != "access":
        raise not_authorized("Invalid Access Token")
    pool = next((each for each in state.pools.values() if each.settings.issuer == claims.get("iss")), None)
    if pool is None or not (await pool.keys.get()).access.has_signed(token):
        raise not_authorized("Could not verify signature for Access Token")
    if state.now().timestamp() >= claims["exp"]:
        raise not_authorized("Access Token has expired")
    user = pool.find_by_sub(claims["sub"])
    if user is None:
        raise user_not_found()
    if not user.enabled:
        raise not_authorized("User is disabled.")
    family = pool.token_families.get(claims["event_id"])
    if family is None:
        raise not_authorized("Access Token has been revoked")
    if SCOPE not in claims["scope"].split():
        raise not_authorized("Access Token does not have required scopes")
    return pool, pool.clients[claims["client_id"]], user, family


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
    """Where devices are tracked a session belongs to one, which must be confirmed and named."""
    if pool.settings.device_tracking == "OFF":
        return
    device, family = user.devices.get(key or ""), pool.token_families.get(known["event"])
    if device is None or device.verifier is None or (family is not None and key != family.device_key):
        raise not_authorized("Invalid Refresh Token.")


async def _refreshed(
    state: ServiceState,
    pool: Pool,
    client: AppClientSettings,
    known: dict[str, Any],
    user: User,
    metadata: dict[str, str],
) -> Reply:
    family, now = pool.token_families.get(known["event"]), state.now().timestamp()
    # One that is over is forgotten as well, but not before its last access token is over.
    if family is None and now < known["ends"] + client.access_token_validity:
        raise not_authorized("Refresh Token has been revoked")
    if family is None or now >= known["ends"]:
        raise not_authorized("Refresh Token has expired")
    if not user.enabled:
        raise not_authorized("User is disabled.")
    check_reuse(state, client, family, known)
    source = "TokenGeneration_RefreshTokens"
    result = await issue_tokens(state, pool, client, user, family, source=source, metadata=metadata)
    if client.refresh_token_rotation:
        result["RefreshToken"] = rotate(state, pool, client, user, family, known)
    return result


async def issue_tokens(
    state: ServiceState,
    pool: Pool,
    client: AppClientSettings,
    user: User,
    family: TokenFamily,
    *,
    source: str,
    metadata: dict[str, str],
) -> Reply:
    """An access token and an ID token, the latter as the pre-token-generation trigger wants to have it."""
    keys = await pool.keys.get()
    now = int(state.now().timestamp())
    common: dict[str, Any] = {
        "sub": user.sub,
        "iss": pool.settings.issuer,
        "event_id": family.event_id,
        "auth_time": family.auth_time,
        "iat": now,
    }
    if family.acr is not None:
        common |= {"acr": family.acr, "amr": list(family.amr)}
    access = {**common, "client_id": client.id, "token_use": "access", "scope": SCOPE, "username": user.username}
    access["exp"] = now + client.access_token_validity
    groups = group_configuration(pool, user)
    if groups["groupsToOverride"]:
        access["cognito:groups"] = groups["groupsToOverride"]
    if family.device_key is not None:
        access["device_key"] = family.device_key
    identity = {**_attribute_claims(user, client), **common, "aud": client.id, "token_use": "id"}
    identity |= group_claims(groups)
    identity["cognito:username"] = user.username
    identity["exp"] = now + client.id_token_validity
    if client.enable_token_revocation or client.refresh_token_rotation:
        for claims in (access, identity):
            claims["origin_jti"] = family.origin_jti
            claims["jti"] = str(uuid.uuid4())
    await _override(pool, client, user, identity, groups, source, metadata)
    return {
        "AccessToken": keys.access.sign(access),
        "ExpiresIn": client.access_token_validity,
        "TokenType": "Bearer",
        "IdToken": keys.id.sign(identity),
    }


async def _override(
    pool: Pool,
    client: AppClientSettings,
    user: User,
    identity: dict[str, Any],
    groups: dict[str, Any],
    source: str,
    metadata: dict[str, str],
) -> None:
    """The first version of the trigger's event: it changes claims of the ID token alone."""
    trigger = pool.settings.triggers.pre_token_generation
    if trigger is None:
        return
    request: dict[str, Any] = {
        "userAttributes": attributes_of(user),
        "groupConfiguration": groups,
        "clientMetadata": metadata,
    }
    response = {"claimsOverrideDetails": None}
    filled = await run(trigger, "PreTokenGeneration", source, pool, client.id, user.username, request, response)
    details = table(filled, "claimsOverrideDetails")
    added = texts(details, "claimsToAddOrOverride")
    identity.update({name: value for name, value in added.items() if name not in _RESERVED})
    for name in set(names(details, "claimsToSuppress")) - _RESERVED:
        identity.pop(name, None)
    if "groupOverrideDetails" in details:
        override(identity, table(details, "groupOverrideDetails"))


def _attribute_claims(user: User, client: AppClientSettings) -> dict[str, Any]:
    """The attributes that the client may read; all are texts but `identities` and the `_verified` flags."""
    return {name: _claim(name, value) for name, value in readable(user, client).items()}


def _claim(name: str, value: str) -> Any:
    if name == IDENTITIES:
        return identity_claims(value)
    return value == "true" if name in VERIFIED_FLAGS else value


def _is_secret_of(client: AppClientSettings, secret: str | None) -> bool:
    if client.secret is None:
        return True
    return secret is not None and hmac.compare_digest(client.secret.encode(), secret.encode())
