"""The table of calls that may be repeated if their reply was lost: reads, and calls known to be harmless."""

from __future__ import annotations

from cognito_async._aws.effects import _CHECK_PROOF, _EFFECTS, checks_proof, effect_of, effect_of_name
from cognito_async._aws.rpc import Effect
from cognito_async.lowlevel import groups
from tests.codegen.services import MODELS

# These have names like reads, but they send a message, issue tokens or create something.
NOT_READS = {
    "GetUserAttributeVerificationCode",
    "GetTokensFromRefreshToken",
    "GetClientToken",
    "GetDerivedToken",
    "GetId",
    "GetOpenIdTokenForDeveloperIdentity",
}
OPERATIONS = {name for model in MODELS.values() for name in model.operations}


def test_reads_are_repeatable() -> None:
    request = groups.GetGroupRequest(group_name="a", user_pool_id="eu-central-1_Abc")
    reads = {
        name
        for name in OPERATIONS
        if name.removeprefix("Admin").startswith(("Get", "List", "Describe")) and name not in NOT_READS
    }
    assert len(reads) > 40
    assert {name for name in reads if effect_of(name, request) is not Effect.REPEATABLE} == set()
    assert {name for name in NOT_READS if effect_of(name, request) is not Effect.ONCE} == set()


def test_table_names_only_operations_of_the_models() -> None:
    assert {operation for operation, _ in _EFFECTS} <= OPERATIONS


# Every operation that a user's access token authorizes: whether its refused call may be repeated with a new token, and
# whether its NotAuthorizedException may be about a password, a code or another proof.
WITH_ACCESS_TOKEN: dict[str, tuple[Effect, bool]] = {
    "GetUser": (Effect.REPEATABLE, False),
    "GetUserAuthFactors": (Effect.REPEATABLE, False),
    "GetDevice": (Effect.REPEATABLE, False),
    "ListDevices": (Effect.REPEATABLE, False),
    "ListWebAuthnCredentials": (Effect.REPEATABLE, False),
    "DeleteUserAttributes": (Effect.REPEATABLE, False),
    "SetUserMFAPreference": (Effect.REPEATABLE, False),
    "UpdateDeviceStatus": (Effect.REPEATABLE, False),
    "ListUserSessions": (Effect.REPEATABLE, False),
    "GlobalSignOut": (Effect.REPEATABLE, False),
    # These send a code, or change something that a repetition would change again.
    "UpdateUserAttributes": (Effect.ONCE, False),
    "GetUserAttributeVerificationCode": (Effect.ONCE, False),
    "AssociateSoftwareToken": (Effect.ONCE, False),
    "StartWebAuthnRegistration": (Effect.ONCE, False),
    "ConfirmDevice": (Effect.ONCE, False),
    "ForgetDevice": (Effect.ONCE, False),
    "DeleteWebAuthnCredential": (Effect.ONCE, False),
    "RevokeUserSession": (Effect.ONCE, False),
    "DeleteUser": (Effect.ONCE, False),
    "SetUserSettings": (Effect.ONCE, False),
    "ChangePassword": (Effect.ONCE, True),
    "VerifyUserAttribute": (Effect.ONCE, True),
    "VerifySoftwareToken": (Effect.ONCE, True),
    "CompleteWebAuthnRegistration": (Effect.ONCE, True),
}


def test_every_operation_with_an_access_token_is_classified() -> None:
    model = MODELS["cognito-idp"]
    found = {
        name
        for name, operation in model.operations.items()
        if "AccessToken" in model.shapes[operation["input"]["shape"]]["members"]
    }
    assert found == set(WITH_ACCESS_TOKEN)
    classified = {name: (effect_of_name(name), checks_proof(name)) for name in found}
    assert classified == WITH_ACCESS_TOKEN
    assert found >= _CHECK_PROOF
