"""THE table of what may be repeated when a reply was lost, by operation and flow.

Rules:
1. What only reads, or leaves the same state however often it is done, is REPEATABLE.
2. What sends a message, makes something, or spends a single-use `Session`, code or token is ONCE.
3. An operation or flow that is not listed is ONCE, unless it reads by its name (Get…, List…, Describe…): a lost reply
   is then told, never guessed at.

(Whether a *refused* call may be repeated is not told here but by the error: `_transport/retry.py`.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .rpc import Effect

if TYPE_CHECKING:
    from .._core.model import Model

_EFFECTS: dict[tuple[str, str | None], Effect] = {
    ("SignUp", None): Effect.ONCE,
    ("ConfirmSignUp", None): Effect.ONCE,
    ("ResendConfirmationCode", None): Effect.ONCE,
    # The first step of SRP makes nothing: a second one is simply a second handshake.
    ("InitiateAuth", "USER_SRP_AUTH"): Effect.REPEATABLE,
    # Rotation cannot be on where this flow works, so the refresh token is not spent.
    ("InitiateAuth", "REFRESH_TOKEN_AUTH"): Effect.REPEATABLE,
    # These may send an MFA message as their answer.
    ("InitiateAuth", "USER_PASSWORD_AUTH"): Effect.ONCE,
    ("RespondToAuthChallenge", "PASSWORD_VERIFIER"): Effect.ONCE,
    # With rotation the old refresh token is spent; who has seen that it is off says so (`Operation.repeatable`).
    ("GetTokensFromRefreshToken", None): Effect.ONCE,
    ("RevokeToken", None): Effect.REPEATABLE,
    ("GlobalSignOut", None): Effect.REPEATABLE,
    ("DeleteUserAttributes", None): Effect.REPEATABLE,
    ("SetUserMFAPreference", None): Effect.REPEATABLE,
    ("UpdateDeviceStatus", None): Effect.REPEATABLE,
    ("AdminAddUserToGroup", None): Effect.REPEATABLE,
    ("AdminRemoveUserFromGroup", None): Effect.REPEATABLE,
    ("AdminEnableUser", None): Effect.REPEATABLE,
    ("AdminDisableUser", None): Effect.REPEATABLE,
    ("AdminDeleteUserAttributes", None): Effect.REPEATABLE,
    ("AdminSetUserMFAPreference", None): Effect.REPEATABLE,
    ("AdminUpdateDeviceStatus", None): Effect.REPEATABLE,
    ("AdminUserGlobalSignOut", None): Effect.REPEATABLE,
    ("TagResource", None): Effect.REPEATABLE,
    ("UntagResource", None): Effect.REPEATABLE,
    # A message, new tokens: by their names they would only read.
    ("GetUserAttributeVerificationCode", None): Effect.ONCE,
    ("GetClientToken", None): Effect.ONCE,
    ("GetDerivedToken", None): Effect.ONCE,
    # Without logins each makes a guest; the other one an identity, where a developer's user has none.
    ("GetId", None): Effect.ONCE,
    ("GetOpenIdTokenForDeveloperIdentity", None): Effect.ONCE,
    ("LookupDeveloperIdentity", None): Effect.REPEATABLE,
}
_READS = re.compile(r"(Admin)?(Get|List|Describe)[A-Z]")


# The member of the request that tells the flow.
_FLOW_IN = {"InitiateAuth": "auth_flow", "RespondToAuthChallenge": "challenge_name"}


def effect_of(operation: str, request: Model) -> Effect:
    """The effect of one call."""
    told_by = _FLOW_IN.get(operation)
    listed = _EFFECTS.get((operation, getattr(request, told_by) if told_by is not None else None))
    if listed is not None:
        return listed
    return Effect.REPEATABLE if _READS.match(operation) else Effect.ONCE
