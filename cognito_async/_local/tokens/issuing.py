"""Access tokens and ID tokens: their claims, and the trigger that changes them."""

from __future__ import annotations

import uuid
from typing import Any

from ..settings.client import AppClientSettings
from ..settings.schema import VERIFIED_FLAGS
from ..state.attributes import IDENTITIES, readable, trigger_attributes
from ..state.entities import User
from ..state.service_state import ServiceState
from ..state.trigger_calls import TriggerResponse, fire
from ..state.trigger_events import PreTokenGeneration, TokenSource
from ..wire.replies import Reply
from .access_tokens import SCOPE
from .grants import Grant
from .group_claims import group_claims, group_configuration, override_groups
from .identities import identity_claims

# Claims that no trigger may change.
_RESERVED = frozenset(
    {"sub", "iss", "aud", "exp", "iat", "auth_time", "token_use", "event_id", "origin_jti", "jti", "acr", "amr"}
    | {"cognito:username"}
)


async def issue_tokens(state: ServiceState, grant: Grant, source: TokenSource, metadata: dict[str, str]) -> Reply:
    """Issue an access token and an ID token. The pre-token-generation trigger can change the ID token's claims."""
    pool, client, user, family = grant.pool, grant.client, grant.user, grant.family
    keys = await pool.keys.get()
    now = int(state.now().timestamp())
    groups = group_configuration(pool, user)
    common = _common_claims(grant, now)
    access = {**common, "client_id": client.id, "token_use": "access", "scope": SCOPE, "username": user.username}
    access["exp"] = now + client.access_token_validity
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
    event = PreTokenGeneration(
        grant.origin,
        user.username,
        source=source,
        user_attributes=trigger_attributes(user),
        group_configuration=groups,
        client_metadata=metadata,
    )
    _override_claims(identity, await fire(state, event))
    return {
        "AccessToken": keys.access.sign(access),
        "ExpiresIn": client.access_token_validity,
        "TokenType": "Bearer",
        "IdToken": keys.id.sign(identity),
    }


def _common_claims(grant: Grant, now: int) -> dict[str, Any]:
    family = grant.family
    common: dict[str, Any] = {
        "sub": grant.user.sub,
        "iss": grant.pool.settings.issuer,
        "event_id": family.event_id,
        "auth_time": family.auth_time,
        "iat": now,
    }
    if family.acr is not None:
        common |= {"acr": family.acr, "amr": list(family.amr)}
    return common


def _override_claims(identity: dict[str, Any], response: TriggerResponse) -> None:
    details = response.nested("claimsOverrideDetails")
    added = details.string_map("claimsToAddOrOverride")
    identity.update({name: value for name, value in added.items() if name not in _RESERVED})
    for name in set(details.strings("claimsToSuppress")) - _RESERVED:
        identity.pop(name, None)
    if "groupOverrideDetails" in details:
        override_groups(identity, details.nested("groupOverrideDetails"))


def _attribute_claims(user: User, client: AppClientSettings) -> dict[str, Any]:
    """Return the attributes that the client may read: strings, except `identities` and the `_verified` flags."""
    return {name: _claim(name, value) for name, value in readable(user, client).items()}


def _claim(name: str, value: str) -> Any:
    if name == IDENTITIES:
        return identity_claims(value)
    return value == "true" if name in VERIFIED_FLAGS else value
