"""The table of calls that may be repeated if their reply was lost: reads, and calls known to be harmless."""

from __future__ import annotations

from cognito_async._aws.effects import _EFFECTS, effect_of
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
