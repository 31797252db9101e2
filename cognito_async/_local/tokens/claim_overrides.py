"""The changes of the pre token generation trigger to the claims and scopes of both tokens.

The developer guide has a table of the claims that the trigger may add, change and suppress. The service drops what the
trigger may not do, without an error; so does this pool. A value of a wrong type is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..._triggers.token_generation import (
    AccessTokenGeneration,
    ClaimsOverride,
    IdTokenGeneration,
    PreTokenGenerationResponse,
    PreTokenGenerationV2Response,
)
from ..triggers.calls import invalid_response
from .group_claims import GROUPS, override_groups, suppress_groups

Claims = dict[str, Any]

# "Total combined changes in pre token generation Lambda trigger": the claims of both tokens, and the scopes.
_MOST_CLAIMS: Final = 5000
# Claims of either token that no trigger may add, change or suppress. Other members of the response change `scope`.
_RESERVED: Final = frozenset(
    {"acr", "amr", "at_hash", "aud", "auth_time", "azp", "client_id", "device_key", "event_id", "exp", "iat"}
    | {"identities", "iss", "jti", "nbf", "nonce", "origin_jti", "scope", "sub", "token_use", "username", "version"}
)
# Claims of ID tokens that may be changed, but not to a list or an object.
_SIMPLE: Final = frozenset({"phone_number_verified", "email_verified", "updated_at", "address"})


def apply_overrides(
    access: Claims, identity: Claims, response: PreTokenGenerationResponse | PreTokenGenerationV2Response
) -> None:
    """Change the claims of an access token and an ID token as the trigger's response says."""
    details = (
        response.claims_override_details
        if isinstance(response, PreTokenGenerationResponse)
        else response.claims_and_scope_override_details
    )
    if details is None:
        return
    for claims in (access, identity):
        override_groups(claims, details)
    if isinstance(details, ClaimsOverride):
        # The claims of version 1 are for the ID token only.
        _change(identity, details.claims_to_add_or_override or {}, details.claims_to_suppress or [])
    else:
        _change_identity(identity, details.id_token_generation or IdTokenGeneration())
        _change_access(access, details.access_token_generation or AccessTokenGeneration())
    _check_size(access, identity)


def _check_size(access: Claims, identity: Claims) -> None:
    """Refuse more claims and scopes than the quota of Amazon's guide. It does not say what the service answers."""
    if len(access) + len(identity) + len(access.get("scope", "").split()) > _MOST_CLAIMS:
        raise invalid_response()


def _change_identity(identity: Claims, changes: IdTokenGeneration) -> None:
    added = changes.claims_to_add_or_override or {}
    if any(isinstance(added.get(name), (list, dict)) for name in _SIMPLE):
        raise invalid_response()
    _change(identity, added, changes.claims_to_suppress or [])


def _change_access(access: Claims, changes: AccessTokenGeneration) -> None:
    added = changes.claims_to_add_or_override or {}
    # The guide allows one value of `aud` only, and does not say what the service does with others.
    if added.get("aud", access["client_id"]) != access["client_id"]:
        raise invalid_response()
    _change(access, added, changes.claims_to_suppress or [])
    if "aud" in added and "aud" not in (changes.claims_to_suppress or []):
        access["aud"] = added["aud"]
    _change_scopes(access, changes)


def _change(claims: Claims, added: Mapping[str, Any], suppressed: list[str]) -> None:
    """Add and suppress claims. A claim that is added and suppressed is suppressed."""
    if None in added.values():
        raise invalid_response()
    claims.update({name: value for name, value in added.items() if _may_be_added(name)})
    for name in suppressed:
        if name == GROUPS:
            suppress_groups(claims)
        elif name not in _RESERVED and not name.startswith("cognito:"):
            claims.pop(name, None)


def _may_be_added(name: str) -> bool:
    return name not in _RESERVED and not name.startswith(("cognito:", "dev:"))


def _change_scopes(access: Claims, changes: AccessTokenGeneration) -> None:
    """Add and suppress scopes. Without any scope, the token has no `scope`."""
    added, suppressed = changes.scopes_to_add or [], changes.scopes_to_suppress or []
    if any(not scope or len(scope.split()) != 1 or scope != scope.strip() for scope in added):
        raise invalid_response()
    scopes = [each for each in dict.fromkeys((*access.pop("scope").split(), *added)) if each not in suppressed]
    if scopes:
        access["scope"] = " ".join(scopes)
