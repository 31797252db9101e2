"""Listings page by page: users, groups, members and devices."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..device_client import confirm
from ..helpers import Wire, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID_TOKEN = ("InvalidParameterException", "Invalid pagination token given.")


async def create(wire: Wire, *names: str) -> None:
    for name in names:
        attributes = listed({"family_name": "Smith", "email": f"{name}@example.com"})
        await wire.admin("AdminCreateUser", Username=name, MessageAction="SUPPRESS", UserAttributes=attributes)


async def all_pages(wire: Wire, operation: str, shown: str, token: str, **members: Any) -> list[list[str]]:
    """Return the items of each page, two on a page."""
    pages, more = list[list[str]](), dict[str, Any]()
    while not pages or more:
        reply = await wire.admin(operation, Limit=2, **members, **more)
        pages.append([each.get("Username") or each["GroupName"] for each in reply[shown]])
        more = {token: reply[token]} if token in reply else {}
    return pages


async def test_pages_have_the_requested_size_and_the_last_no_token() -> None:
    wire = Wire()
    for number in range(5):
        await wire.admin("CreateGroup", GroupName=f"g{number}")
        await create(wire, f"u{number}")
        await wire.admin("AdminAddUserToGroup", Username=f"u{number}", GroupName="g0")
        await wire.admin("AdminAddUserToGroup", Username="u0", GroupName=f"g{number}")
    users, groups = [["u0", "u1"], ["u2", "u3"], ["u4"]], [["g0", "g1"], ["g2", "g3"], ["g4"]]
    assert await all_pages(wire, "ListUsers", "Users", "PaginationToken") == users
    assert await all_pages(wire, "ListUsersInGroup", "Users", "NextToken", GroupName="g0") == users
    assert await all_pages(wire, "ListGroups", "Groups", "NextToken") == groups
    assert await all_pages(wire, "AdminListGroupsForUser", "Groups", "NextToken", Username="u0") == groups
    await wire.admin("AdminDeleteUser", Username="u4")
    assert await all_pages(wire, "ListUsers", "Users", "PaginationToken") == users[:2]


async def test_default_page_size_is_60() -> None:
    wire = Wire()
    for number in range(61):
        await wire.admin("CreateGroup", GroupName=f"g{number:02}")
    reply = await wire.admin("ListGroups")
    assert len(reply["Groups"]) == 60
    [last] = (await wire.admin("ListGroups", NextToken=reply["NextToken"]))["Groups"]
    assert last["GroupName"] == "g60"


async def test_added_and_deleted_users_cause_no_duplicates_or_gaps() -> None:
    wire = Wire()
    await create(wire, *"abcdef")
    family = {"Filter": 'family_name = "Smith"', "Limit": 2}
    first = await wire.admin("ListUsers", **family)
    assert [user["Username"] for user in first["Users"]] == ["a", "b"]
    for gone in "abc":  # also "b", the last item of the first page
        await wire.admin("AdminDeleteUser", Username=gone)
    await create(wire, "a", "g")
    await wire.admin("AdminUpdateUserAttributes", Username="e", UserAttributes=listed({"family_name": "Jones"}))
    second = await wire.admin("ListUsers", **family, PaginationToken=first["PaginationToken"])
    assert [user["Username"] for user in second["Users"]] == ["d", "f"]
    third = await wire.admin("ListUsers", **family, PaginationToken=second["PaginationToken"])
    # This "a" is a new user, who was created after the first page.
    assert [user["Username"] for user in third["Users"]] == ["a", "g"] and "PaginationToken" not in third
    # A token can be used repeatedly, and gives the current items.
    await wire.admin("AdminDeleteUser", Username="d")
    again = await wire.admin("ListUsers", **family, PaginationToken=first["PaginationToken"])
    assert [user["Username"] for user in again["Users"]] == ["f", "a"]


async def test_added_and_deleted_members_and_groups_cause_no_gaps() -> None:
    wire = Wire()
    await create(wire, *"abcd")
    for name in ("red", "green", "blue", "white"):
        await wire.admin("CreateGroup", GroupName=name, Precedence=len(name))
    for name in "abcd":
        await wire.admin("AdminAddUserToGroup", Username=name, GroupName="red")
    members = await wire.admin("ListUsersInGroup", GroupName="red", Limit=2)
    groups = await wire.admin("ListGroups", Limit=2)
    assert [group["GroupName"] for group in groups["Groups"]] == ["blue", "green"]
    await wire.admin("AdminRemoveUserFromGroup", Username="a", GroupName="red")
    await wire.admin("AdminAddUserToGroup", Username="a", GroupName="red")
    await wire.admin("AdminRemoveUserFromGroup", Username="b", GroupName="red")
    await wire.admin("DeleteGroup", GroupName="green")
    await wire.admin("UpdateGroup", GroupName="red", Precedence=0)
    rest = await wire.admin("ListUsersInGroup", GroupName="red", Limit=2, NextToken=members["NextToken"])
    assert [user["Username"] for user in rest["Users"]] == ["c", "d"] and "NextToken" not in rest
    rest = await wire.admin("ListGroups", Limit=2, NextToken=groups["NextToken"])
    assert [group["GroupName"] for group in rest["Groups"]] == ["red", "white"] and "NextToken" not in rest


async def test_added_and_deleted_devices_cause_no_gaps() -> None:
    wire = Wire(PoolSettings(device_tracking="ALWAYS"))
    await wire.signed_up()
    keys = []
    for _ in range(4):
        tokens = await wire.tokens()
        await confirm(wire, tokens)
        keys.append(tokens["NewDeviceMetadata"]["DeviceKey"])
    access = {"AccessToken": tokens["AccessToken"]}
    own = await wire.call("ListDevices", Limit=2, **access)
    administrators = await wire.admin("AdminListDevices", Username="alice", Limit=2)
    for page in (own, administrators):
        assert [device["DeviceKey"] for device in page["Devices"]] == keys[:2]
    await wire.call("ForgetDevice", DeviceKey=keys[1], **access)
    own = await wire.call("ListDevices", PaginationToken=own["PaginationToken"], **access)
    token = administrators["PaginationToken"]
    administrators = await wire.admin("AdminListDevices", Username="alice", PaginationToken=token)
    for page in (own, administrators):
        assert [device["DeviceKey"] for device in page["Devices"]] == keys[2:] and "PaginationToken" not in page
    assert await wire.refused("ListDevices", PaginationToken=token, **access) == INVALID_TOKEN


async def test_token_is_valid_for_its_own_listing_only() -> None:
    wire = Wire()
    other = wire.service.add_pool(PoolSettings(id="us-east-1_Other"))
    await create(wire, "a", "b", "c")
    for name in ("red", "green"):
        await wire.admin("CreateGroup", GroupName=name)
        for user in ("a", "b"):
            await wire.admin("AdminAddUserToGroup", Username=user, GroupName=name)
    users = (await wire.admin("ListUsers", Limit=1, Filter='username ^= ""'))["PaginationToken"]
    members = (await wire.admin("ListUsersInGroup", Limit=1, GroupName="red"))["NextToken"]
    groups = (await wire.admin("ListGroups", Limit=1))["NextToken"]
    of_user = (await wire.admin("AdminListGroupsForUser", Limit=1, Username="a"))["NextToken"]
    forged = users[:-4] + ("AAA=" if users[-4:] != "AAA=" else "BBB=")
    for operation, more in (
        ("ListUsers", {"PaginationToken": users}),
        ("ListUsers", {"PaginationToken": users, "Filter": 'username ^= "a"'}),
        ("ListUsers", {"PaginationToken": users, "Filter": 'username ^= ""', "UserPoolId": other.id}),
        ("ListUsers", {"PaginationToken": forged, "Filter": 'username ^= ""'}),
        ("ListUsers", {"PaginationToken": members}),
        ("ListUsersInGroup", {"NextToken": members, "GroupName": "green"}),
        ("ListGroups", {"NextToken": of_user}),
        ("ListGroups", {"NextToken": groups, "UserPoolId": other.id}),
        ("AdminListGroupsForUser", {"NextToken": of_user, "Username": "b"}),
        ("AdminListGroupsForUser", {"NextToken": groups, "Username": "a"}),
    ):
        assert await wire.admin_refused(operation, **more) == INVALID_TOKEN
    # The limit and the requested attributes may change between pages.
    rest = await wire.admin("ListUsers", PaginationToken=users, Filter='username ^= ""', AttributesToGet=["email"])
    assert [user["Username"] for user in rest["Users"]] == ["b", "c"]
    assert "red" not in members and len({len(each) for each in (users, members, groups, of_user)}) == 1
