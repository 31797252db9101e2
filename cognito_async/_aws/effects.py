"""THE table of calls that may be repeated if their reply was lost, by operation and flow.

Rules:
1. A call that only reads, or that has the same result when repeated, is REPEATABLE.
2. A call that sends a message, creates something, or spends a single-use `Session`, code or token is ONCE.
3. An operation or flow that is not listed is ONCE, unless its name says that it reads (Get…, List…, Describe…).

A lost reply to a call that is ONCE raises `OutcomeUnknown`. If the service *refused* a call, the error decides whether
it may be repeated: see `may_repeat` in `_aws/retry.py`.
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
    # The first step of SRP creates nothing. Repeating it only starts another handshake.
    ("InitiateAuth", "USER_SRP_AUTH"): Effect.REPEATABLE,
    # This flow works only without rotation, so it does not spend the refresh token.
    ("InitiateAuth", "REFRESH_TOKEN_AUTH"): Effect.REPEATABLE,
    # These may send an MFA message.
    ("InitiateAuth", "USER_PASSWORD_AUTH"): Effect.ONCE,
    ("RespondToAuthChallenge", "PASSWORD_VERIFIER"): Effect.ONCE,
    # With rotation, it spends the refresh token. A caller that knows that rotation is off sets `Operation.repeatable`.
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
    # By their names, these operations would only read, but they send a message or issue tokens.
    ("GetUserAttributeVerificationCode", None): Effect.ONCE,
    ("GetClientToken", None): Effect.ONCE,
    ("GetDerivedToken", None): Effect.ONCE,
    # GetId without logins creates a guest identity. GetOpenIdTokenForDeveloperIdentity creates an identity for a new
    # user of the developer's own sign-in.
    ("GetId", None): Effect.ONCE,
    ("GetOpenIdTokenForDeveloperIdentity", None): Effect.ONCE,
    ("LookupDeveloperIdentity", None): Effect.REPEATABLE,
}
_READS = re.compile(r"(Admin)?(Get|List|Describe)[A-Z]")
# The operations with an access token that also check a password, a code or another proof. A NotAuthorizedException of
# these may be about the proof instead of the access token.
_CHECK_PROOF = frozenset(
    {"ChangePassword", "CompleteWebAuthnRegistration", "VerifySoftwareToken", "VerifyUserAttribute"}
)

# The member of the request that names the flow.
_FLOW_IN = {"InitiateAuth": "auth_flow", "RespondToAuthChallenge": "challenge_name"}


def effect_of(operation: str, request: Model) -> Effect:
    """Return the effect of one call, from the table or else from the operation's name."""
    named_by = _FLOW_IN.get(operation)
    return effect_of_name(operation, getattr(request, named_by) if named_by is not None else None)


def effect_of_name(operation: str, flow: str | None = None) -> Effect:
    """Return the effect of an operation, with a flow if it has one."""
    listed = _EFFECTS.get((operation, flow))
    if listed is not None:
        return listed
    return Effect.REPEATABLE if _READS.match(operation) else Effect.ONCE


def checks_proof(operation: str) -> bool:
    """Return whether an operation with an access token also checks a password, a code or another proof."""
    return operation in _CHECK_PROOF
