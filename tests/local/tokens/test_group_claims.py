"""The claims that groups add to the tokens of their users."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import INCORRECT, PASSWORD, Wire, claims

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NAMES, ROLES, PREFERRED = "cognito:groups", "cognito:roles", "cognito:preferred_role"


def role(name: str) -> str:
    return f"arn:aws:iam::123456789012:role/{name}"


async def join(wire: Wire, name: str, precedence: int | None = None, of_role: str | None = None) -> None:
    more = {} if precedence is None else {"Precedence": precedence}
    await wire.admin("CreateGroup", GroupName=name, **more, **({} if of_role is None else {"RoleArn": role(of_role)}))
    await wire.admin("AdminAddUserToGroup", Username="alice", GroupName=name)


def of_groups(token: str) -> dict[str, Any]:
    return {name: value for name, value in claims(token)[1].items() if name in (NAMES, ROLES, PREFERRED)}


async def test_groups_are_sorted_and_only_id_tokens_have_roles() -> None:
    wire = Wire()
    await wire.signed_up()
    tokens = await wire.tokens()
    assert of_groups(tokens["IdToken"]) == of_groups(tokens["AccessToken"]) == {}
    await join(wire, "late", 10, "late")
    await join(wire, "none")
    await join(wire, "first", 0)
    await join(wire, "also-none", None, "shared")
    await join(wire, "second", 1, "shared")
    tokens = await wire.tokens()
    names = ["first", "second", "late", "also-none", "none"]
    assert of_groups(tokens["AccessToken"]) == {NAMES: names}
    assert of_groups(tokens["IdToken"]) == {
        NAMES: names,
        ROLES: [role("shared"), role("late")],
        PREFERRED: role("shared"),
    }


@pytest.mark.parametrize(
    ("groups", "preferred"),
    [
        ([(3, "a"), (3, "a"), (4, "b")], "a"),
        ([(3, "a"), (3, "b")], None),
        ([(None, "a"), (None, "b")], None),
        ([(None, "a"), (2147483647, "b")], "b"),
        ([(0, None), (1, "b")], "b"),
        ([(0, None)], None),
    ],
)
async def test_preferred_role_is_of_the_group_with_lowest_precedence(
    groups: list[tuple[int | None, str | None]], preferred: str | None
) -> None:
    wire = Wire()
    await wire.signed_up()
    for number, (precedence, name) in enumerate(groups):
        await join(wire, f"g{number}", precedence, name)
    assert of_groups((await wire.tokens())["IdToken"]).get(PREFERRED) == (preferred and role(preferred))


async def test_changed_groups_are_in_the_next_tokens() -> None:
    wire = Wire()
    await wire.signed_up()
    await join(wire, "red")
    refresh = (await wire.tokens())["RefreshToken"]
    for change, groups in (
        ("AdminRemoveUserFromGroup", {}),
        ("AdminAddUserToGroup", {NAMES: ["red"]}),
        ("DeleteGroup", {}),
    ):
        await wire.admin(change, **({} if change == "DeleteGroup" else {"Username": "alice"}), GroupName="red")
        renewed = await wire.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=refresh)
        assert of_groups(renewed["AuthenticationResult"]["AccessToken"]) == groups


async def test_deletions_during_a_sign_in_do_not_break_it() -> None:
    async def clear_up(event: dict[str, Any]) -> None:
        await wire.admin("AdminDeleteUser", Username="alice")
        await wire.admin("DeleteGroup", GroupName="red")

    wire = Wire(PoolSettings(triggers=Triggers(post_authentication=clear_up)))
    await wire.signed_up()
    await join(wire, "red")
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == INCORRECT


def pool_groups(wire: Wire) -> set[str]:
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    return user.groups


GIVEN = {"groupsToOverride": ["staff"], "iamRolesToOverride": [role("staff")], "preferredRole": role("staff")}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({}, {NAMES: ["red"], ROLES: [role("red")], PREFERRED: role("red")}),
        ({"groupOverrideDetails": GIVEN}, {NAMES: ["staff"], ROLES: [role("staff")], PREFERRED: role("staff")}),
        ({"groupOverrideDetails": {"groupsToOverride": ["staff"]}}, {NAMES: ["staff"]}),
        ({"groupOverrideDetails": {"groupsToOverride": None, "preferredRole": None}}, {}),
        ({"groupOverrideDetails": {}}, {}),
        ({"groupOverrideDetails": None}, {}),
    ],
)
@pytest.mark.parametrize("version", ["V1_0", "V2_0"])
async def test_trigger_gets_the_groups_and_overrides_them_in_both_tokens(
    version: Any, details: dict[str, Any], expected: dict[str, Any]
) -> None:
    told = []

    async def generate(event: dict[str, Any]) -> dict[str, Any]:
        told.append(event["request"]["groupConfiguration"])
        [member] = event["response"]
        return {**event, "response": {member: details}}

    triggers = Triggers(pre_token_generation=generate)
    wire = Wire(PoolSettings(triggers=triggers, pre_token_generation_version=version))
    await wire.signed_up()
    await join(wire, "red", 1, "red")
    tokens = await wire.tokens()
    assert told == [{"groupsToOverride": ["red"], "iamRolesToOverride": [role("red")], "preferredRole": role("red")}]
    assert of_groups(tokens["IdToken"]) == expected
    assert of_groups(tokens["AccessToken"]) == {name: value for name, value in expected.items() if name == NAMES}
    assert pool_groups(wire) == {"red"}


@pytest.mark.parametrize("name", [NAMES, ROLES, PREFERRED])
async def test_suppressed_names_of_groups_take_the_roles_along(name: str) -> None:
    async def generate(event: dict[str, Any]) -> None:
        event["response"]["claimsAndScopeOverrideDetails"] = {
            "idTokenGeneration": {"claimsToSuppress": [name]},
            "accessTokenGeneration": {"claimsToSuppress": [name]},
        }

    triggers = Triggers(pre_token_generation=generate)
    wire = Wire(PoolSettings(triggers=triggers, pre_token_generation_version="V2_0"))
    await wire.signed_up()
    await join(wire, "red", 1, "red")
    tokens = await wire.tokens()
    # A role cannot be suppressed alone.
    kept = {} if name == NAMES else {NAMES: ["red"], ROLES: [role("red")], PREFERRED: role("red")}
    assert of_groups(tokens["IdToken"]) == kept
    assert of_groups(tokens["AccessToken"]) == ({} if name == NAMES else {NAMES: ["red"]})


async def test_preferred_role_of_a_wrong_type_is_refused() -> None:
    async def generate(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "response": {"claimsOverrideDetails": {"groupOverrideDetails": {"preferredRole": 1}}}}

    wire = Wire(PoolSettings(triggers=Triggers(pre_token_generation=generate)))
    await wire.signed_up()
    refused = await wire.initiate_refused(USERNAME="alice", PASSWORD="Passw0rd!")
    assert refused == ("InvalidLambdaResponseException", "Unrecognizable lambda output")
