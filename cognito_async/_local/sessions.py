"""Tokens: issued at sign-in, refreshed, checked when they come back, and revoked."""

from __future__ import annotations

import hmac
import uuid
from typing import Any

from .attributes import VERIFIED_FLAGS, readable
from .issuer import claims_of
from .records import Pool, SignIn, User
from .settings import AppClientSettings
from .state import State, check_secret_hash, user_not_found
from .wire import Refusal, Reply, Request, not_authorized

SCOPE = "aws.cognito.signin.user.admin"


async def signed_in(state: State, pool: Pool, client: AppClientSettings, user: User) -> Reply:
    """The reply that ends a sign-in: a new session with all three tokens."""
    now = int(state.now().timestamp())
    sign_in = SignIn(str(uuid.uuid4()), str(uuid.uuid4()), user.sub, client.id, now)
    pool.sign_ins[sign_in.event_id] = sign_in
    result = await _tokens(state, pool, client, user, sign_in)
    result["RefreshToken"] = state.seal.refresh_token(
        {
            "pool": pool.settings.id,
            "event": sign_in.event_id,
            "client": client.id,
            "sub": user.sub,
            "ends": now + client.refresh_token_validity,
        }
    )
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


async def refresh_by_flow(state: State, pool: Pool, client: AppClientSettings, parameters: dict[str, str]) -> Reply:
    """InitiateAuth with REFRESH_TOKEN_AUTH; the hash of a secret client is over the real username."""
    token = parameters.get("REFRESH_TOKEN")
    if not token:
        raise Refusal("InvalidParameterException", "Refresh Token is missing.")
    known, user = _owner_of(state, pool, client, token)
    check_secret_hash(client, user.username, parameters.get("SECRET_HASH"), ignored_without_secret=True)
    return {"ChallengeParameters": {}, "AuthenticationResult": await _refreshed(state, pool, client, known, user)}


async def get_tokens_from_refresh_token(state: State, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    known, user = _owner_of(state, pool, client, request["RefreshToken"])
    if client.secret is not None and not request.get("ClientSecret"):
        raise not_authorized(f"Client {client.id} is configured with secret but client secret was not received")
    if not _is_secret_of(client, request.get("ClientSecret")):
        raise not_authorized(f"Unable to verify client secret for client {client.id}")
    return {"AuthenticationResult": await _refreshed(state, pool, client, known, user)}


async def revoke_token(state: State, request: Request) -> Reply:
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
    known = state.seal.open_refresh_token(request["Token"])
    if known is not None and known["client"] != client.id:
        raise Refusal("UnauthorizedException", "The token was issued to another client.")
    if known is not None and known["event"] in pool.sign_ins:
        pool.sign_ins[known["event"]].revoked = True
    return {}


async def global_sign_out(state: State, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    for sign_in in pool.sign_ins.values():
        if sign_in.sub == user.sub:
            sign_in.revoked = True
    return {}


async def owner_of_access_token(state: State, token: str) -> tuple[Pool, AppClientSettings, User]:
    """Whose access token this is; its faults are told in the service's order."""
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
    if pool.sign_ins[claims["event_id"]].revoked:
        raise not_authorized("Access Token has been revoked")
    if SCOPE not in claims["scope"].split():
        raise not_authorized("Access Token does not have required scopes")
    return pool, pool.clients[claims["client_id"]], user


def _owner_of(state: State, pool: Pool, client: AppClientSettings, token: str) -> tuple[dict[str, Any], User]:
    known = state.seal.open_refresh_token(token)
    if known is None or known["pool"] != pool.settings.id:
        raise not_authorized("Invalid Refresh Token.")
    if known["client"] != client.id:
        raise not_authorized("Refresh Token has different Client")
    user = pool.find_by_sub(known["sub"])
    if user is None:
        raise not_authorized("The user has been deleted for the associated refresh token")
    return known, user


async def _refreshed(state: State, pool: Pool, client: AppClientSettings, known: dict[str, Any], user: User) -> Reply:
    sign_in = pool.sign_ins[known["event"]]
    if sign_in.revoked:
        raise not_authorized("Refresh Token has been revoked")
    if state.now().timestamp() >= known["ends"]:
        raise not_authorized("Refresh Token has expired")
    if not user.enabled:
        raise not_authorized("User is disabled.")
    return await _tokens(state, pool, client, user, sign_in)


async def _tokens(state: State, pool: Pool, client: AppClientSettings, user: User, sign_in: SignIn) -> Reply:
    keys = await pool.keys.get()
    now = int(state.now().timestamp())
    common: dict[str, Any] = {
        "sub": user.sub,
        "iss": pool.settings.issuer,
        "event_id": sign_in.event_id,
        "auth_time": sign_in.auth_time,
        "iat": now,
    }
    access = {**common, "client_id": client.id, "token_use": "access", "scope": SCOPE, "username": user.username}
    access["exp"] = now + client.access_token_validity
    identity = {**_attribute_claims(user, client), **common, "aud": client.id, "token_use": "id"}
    identity["cognito:username"] = user.username
    identity["exp"] = now + client.id_token_validity
    if client.enable_token_revocation:
        for claims in (access, identity):
            claims["origin_jti"] = sign_in.origin_jti
            claims["jti"] = str(uuid.uuid4())
    return {
        "AccessToken": keys.access.sign(access),
        "ExpiresIn": client.access_token_validity,
        "TokenType": "Bearer",
        "IdToken": keys.id.sign(identity),
    }


def _attribute_claims(user: User, client: AppClientSettings) -> dict[str, Any]:
    """The attributes that the client may read; texts whatever their type, but the `_verified` flags are booleans."""
    return {
        name: value == "true" if name in VERIFIED_FLAGS else value for name, value in readable(user, client).items()
    }


def _is_secret_of(client: AppClientSettings, secret: str | None) -> bool:
    if client.secret is None:
        return True
    return secret is not None and hmac.compare_digest(client.secret.encode(), secret.encode())
