"""Groups of users."""

from __future__ import annotations

import pytest

from ..helpers import START, Wire

pytestmark = [pytest.mark.anyio, pytest.mark.table]
ROLE = "arn:aws:iam::123456789012:role/red"
NO_GROUP = ("ResourceNotFoundException", "Group not found.")
INVALID = "InvalidParameterException"


async def names_in(wire: Wire, group: str) -> list[str]:
    return [user["Username"] for user in (await wire.admin("ListUsersInGroup", GroupName=group))["Users"]]


async def groups_of(wire: Wire, user: str = "alice") -> list[str]:
    return [group["GroupName"] for group in (await wire.admin("AdminListGroupsForUser", Username=user))["Groups"]]


async def test_group_is_created_shown_changed_and_deleted() -> None:
    wire = Wire()
    plain = (await wire.admin("CreateGroup", GroupName="blue"))["Group"]
    moments = {"CreationDate": START.timestamp(), "LastModifiedDate": START.timestamp()}
    assert plain == {"GroupName": "blue", "UserPoolId": wire.pool.id, **moments}
    full = {"GroupName": "red", "Description": "the red ones", "RoleArn": ROLE, "Precedence": 0}
    red = (await wire.admin("CreateGroup", **full))["Group"]
    assert red == {**full, "UserPoolId": wire.pool.id, **moments}
    wire.clock.advance(10)
    changed = (await wire.admin("UpdateGroup", GroupName="red", Precedence=7, Description=""))["Group"]
    assert changed == {**red, "Precedence": 7, "Description": "", "LastModifiedDate": START.timestamp() + 10}
    assert await wire.admin("GetGroup", GroupName="red") == {"Group": changed}
    assert await wire.admin("ListGroups") == {"Groups": [plain, changed]}
    assert await wire.admin("DeleteGroup", GroupName="red") == {}
    assert await wire.admin("ListGroups") == {"Groups": [plain]}


async def test_group_name_is_unique_and_case_sensitive() -> None:
    wire = Wire()
    await wire.admin("CreateGroup", GroupName="red")
    assert await wire.admin_refused("CreateGroup", GroupName="red") == (
        "GroupExistsException",
        "A group with the name already exists.",
    )
    assert await wire.admin("CreateGroup", GroupName="Red")


@pytest.mark.parametrize(
    "more", [{"GroupName": "the red ones"}, {"Precedence": -1}, {"Precedence": 2**31}, {"RoleArn": "red"}]
)
async def test_invalid_groups_are_refused(more: dict[str, object]) -> None:
    assert (await Wire().admin_refused("CreateGroup", **{"GroupName": "red", **more}))[0] == INVALID


@pytest.mark.parametrize(
    "operation",
    [
        "GetGroup",
        "UpdateGroup",
        "DeleteGroup",
        "ListUsersInGroup",
        "AdminAddUserToGroup",
        "AdminRemoveUserFromGroup",
    ],
)
async def test_unknown_group_is_refused(operation: str) -> None:
    wire = Wire()
    await wire.signed_up()
    assert await wire.admin_refused(operation, GroupName="red", Username="alice") == NO_GROUP
    nowhere = await wire.admin_refused(operation, GroupName="red", Username="alice", UserPoolId="us-east-1_Nowhere")
    assert nowhere == ("ResourceNotFoundException", "User pool us-east-1_Nowhere does not exist.")


async def test_users_join_and_leave_groups() -> None:
    wire = Wire()
    alice = await wire.signed_up()
    await wire.signed_up("bob")
    for name in ("red", "blue"):
        await wire.admin("CreateGroup", GroupName=name)
    for user, group in (("bob", "red"), (alice.sub, "red"), ("alice", "red"), ("alice", "blue")):
        assert await wire.admin("AdminAddUserToGroup", Username=user, GroupName=group) == {}
    assert await names_in(wire, "red") == ["alice", "bob"]
    assert (await groups_of(wire), await groups_of(wire, "bob")) == (["blue", "red"], ["red"])
    for _ in range(2):
        assert await wire.admin("AdminRemoveUserFromGroup", Username="alice", GroupName="red") == {}
        assert (await names_in(wire, "red"), await groups_of(wire)) == (["bob"], ["blue"])


async def test_deleted_group_and_user_leave_no_membership() -> None:
    wire = Wire()
    for name in ("alice", "bob"):
        await wire.signed_up(name)
    for name in ("red", "blue"):
        await wire.admin("CreateGroup", GroupName=name)
        for user in ("alice", "bob"):
            await wire.admin("AdminAddUserToGroup", Username=user, GroupName=name)
    await wire.admin("DeleteGroup", GroupName="red")
    await wire.admin("CreateGroup", GroupName="red")
    assert (await names_in(wire, "red"), await groups_of(wire)) == ([], ["blue"])
    await wire.admin("AdminDeleteUser", Username="bob")
    assert await names_in(wire, "blue") == ["alice"]
    await wire.signed_up("bob")
    assert (await names_in(wire, "blue"), await groups_of(wire, "bob")) == (["alice"], [])


async def test_page_of_a_users_groups_must_have_items() -> None:
    wire = Wire()
    await wire.signed_up()
    code, message = await wire.admin_refused("AdminListGroupsForUser", Username="alice", Limit=0)
    assert code == "InvalidParameterException"
    assert message.endswith(
        "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"
    )
    assert await wire.admin("AdminListGroupsForUser", Username="alice", Limit=1) == {"Groups": []}
