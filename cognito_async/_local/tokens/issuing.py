"""Access tokens and ID tokens: their claims, and the trigger that changes them."""

from __future__ import annotations

import uuid
from typing import Any

from ..._triggers.token_generation import (
    GroupConfiguration,
    PreTokenGeneration,
    PreTokenGenerationRequest,
    PreTokenGenerationResponse,
    PreTokenGenerationV2,
    PreTokenGenerationV2Request,
    PreTokenGenerationV2Response,
    PreTokenGenerationV3,
)
from ..settings.client import AppClientSettings
from ..settings.schema import VERIFIED_FLAGS
from ..state.attributes import IDENTITIES, readable, trigger_attributes
from ..state.entities import User
from ..state.service_state import ServiceState
from ..state.trigger_events import TokenSource
from ..triggers.calls import fire
from ..wire.replies import Reply
from .access_tokens import SCOPE
from .claim_overrides import apply_overrides
from .grants import Grant
from .group_claims import group_claims, group_configuration
from .identities import identity_claims


async def issue_tokens(state: ServiceState, grant: Grant, source: TokenSource, metadata: dict[str, str]) -> Reply:
    """Issue an access token and an ID token. The pre-token-generation trigger can change their claims."""
    pool, client, user, family = grant.pool, grant.client, grant.user, grant.family
    keys = await pool.keys.get()
    now = int(state.now().timestamp())
    groups = group_configuration(pool, user)
    common = _common_claims(grant, now)
    access = {**common, "client_id": client.id, "token_use": "access", "scope": SCOPE, "username": user.username}
    access["exp"] = now + client.access_token_validity
    if family.device_key is not None:
        access["device_key"] = family.device_key
    identity = {**_attribute_claims(user, client), **common, "aud": client.id, "token_use": "id"}
    identity["cognito:username"] = user.username
    identity["exp"] = now + client.id_token_validity
    for claims in (access, identity):
        claims.update(group_claims(groups, claims["token_use"]))
        if client.enable_token_revocation or client.refresh_token_rotation:
            claims["origin_jti"] = family.origin_jti
            claims["jti"] = str(uuid.uuid4())
    apply_overrides(access, identity, await _call_trigger(state, grant, source, groups, metadata))
    return {
        "AccessToken": keys.access.sign(access),
        "ExpiresIn": client.access_token_validity,
        "TokenType": "Bearer",
        "IdToken": keys.id.sign(identity),
    }


async def _call_trigger(
    state: ServiceState, grant: Grant, source: TokenSource, groups: dict[str, Any], metadata: dict[str, str]
) -> PreTokenGenerationResponse | PreTokenGenerationV2Response:
    """Call the trigger with an event of the version that the pool is set to."""
    version, username = grant.pool.settings.pre_token_generation_version, grant.user.username
    attributes, configuration = trigger_attributes(grant.user), GroupConfiguration.model_validate(groups)
    if version == "V1_0":
        request = PreTokenGenerationRequest(
            user_attributes=attributes, group_configuration=configuration, client_metadata=metadata
        )
        event = PreTokenGeneration(user_name=username, trigger_source=source, request=request)
        return await fire(state, grant.origin, event)
    newer = PreTokenGenerationV2Request(
        user_attributes=attributes, scopes=[SCOPE], group_configuration=configuration, client_metadata=metadata
    )
    kind = PreTokenGenerationV2 if version == "V2_0" else PreTokenGenerationV3
    return await fire(state, grant.origin, kind(user_name=username, trigger_source=source, request=newer))


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


def _attribute_claims(user: User, client: AppClientSettings) -> dict[str, Any]:
    """Return the attributes that the client may read: strings, except `identities` and the `_verified` flags."""
    return {name: _claim(name, value) for name, value in readable(user, client).items()}


def _claim(name: str, value: str) -> Any:
    if name == IDENTITIES:
        return identity_claims(value)
    return value == "true" if name in VERIFIED_FLAGS else value
