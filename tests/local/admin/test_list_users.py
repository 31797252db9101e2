"""ListUsers and its filters."""

from __future__ import annotations

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute

from ..helpers import PASSWORD, Wire, attributes_of, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"


async def some_users(wire: Wire) -> None:
    for name in ("alice", "albert", "bob"):
        attributes = listed({"email": f"{name}@example.com", "given_name": name.title()})
        await wire.admin("AdminCreateUser", Username=name, UserAttributes=attributes)
    await wire.admin("AdminCreateUser", Username="unnamed")
    await wire.signed_up("carol", PASSWORD, email="carol@example.org")
    await wire.admin("AdminDisableUser", Username="bob")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "alice albert bob unnamed carol"),
        ('username = "bob"', "bob"),
        ('username = "Bob"', ""),
        ('username ^= "al"', "alice albert"),
        ('username = "al"', ""),
        ('"email"^="bob@"', "bob"),
        ('given_name = "Alice"', "alice"),
        ('given_name ^= "Al"', "alice albert"),
        ('given_name = "aLICE"', "alice"),
        ('email ^= "BOB@example"', "bob"),
        ('family_name ^= ""', ""),
        ('cognito:user_status = "Confirmed"', "carol"),
        ('"cognito:user_status" ^= "force_"', "alice albert bob unnamed"),
        ('status = "Disabled"', "bob"),
        ('status = "disabled"', ""),
        ('  status="Enabled"  ', "alice albert unnamed carol"),
        (r'username = "a\"b"', ""),
    ],
)
async def test_users_are_listed_by_filter(text: str, names: str) -> None:
    wire = Wire()
    await some_users(wire)
    reply = await wire.admin("ListUsers", Filter=text)
    assert [user["Username"] for user in reply["Users"]] == names.split()


SEARCHABLE = {
    "email": "f@example.com",
    "phone_number": "+15550100",
    "name": 'Alice "Al" Smith',
    "given_name": "Al\\ice",
    "family_name": "\u0141ucka",
    "preferred_username": "al",
}


@pytest.mark.parametrize(("name", "value"), SEARCHABLE.items())
async def test_searchable_attributes_match_exactly_or_by_prefix(name: str, value: str) -> None:
    wire = Wire()
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=listed(SEARCHABLE))
    await wire.admin("AdminCreateUser", Username="bob")
    quoted = value.replace("\\", r"\\").replace('"', r"\"")
    for text in (f'{name} = "{quoted}"', f'{name} ^= "{quoted}"', f'{name} ^= "{value[:2]}"'):
        assert [user["Username"] for user in (await wire.admin("ListUsers", Filter=text))["Users"]] == ["alice"]
    assert (await wire.admin("ListUsers", Filter=f'{name} = "{value[:2]}x"'))["Users"] == []


async def test_user_is_found_by_sub() -> None:
    wire = Wire()
    user = await wire.signed_up()
    await wire.signed_up("bob")
    for text in (f'sub = "{user.sub}"', f'sub ^= "{user.sub[:-1]}"'):
        assert [each["Username"] for each in (await wire.admin("ListUsers", Filter=text))["Users"]] == ["alice"]


async def test_only_requested_attributes_are_returned() -> None:
    wire = Wire(PoolSettings(custom_attributes=(CustomAttribute("team"),)))
    user = await wire.signed_up("alice", PASSWORD, email="f@example.com", **{"custom:team": "red"})
    for only in (["email"], ["custom:team", "sub"], []):
        [shown] = (await wire.admin("ListUsers", AttributesToGet=only))["Users"]
        every = {"sub": user.sub, **user.attributes}
        assert attributes_of(shown["Attributes"]) == {name: every[name] for name in only if name in every}
        assert (shown["Username"], shown["UserStatus"]) == ("alice", "CONFIRMED")


async def test_requested_attribute_must_have_a_value() -> None:
    wire = Wire(PoolSettings(custom_attributes=(CustomAttribute("team"),)))
    await wire.signed_up("alice", PASSWORD, email="f@example.com", **{"custom:team": "red"})
    await wire.admin("AdminCreateUser", Username="bob")
    missing = (INVALID, "One or more requested attributes do not exist.")
    for only in (["email"], ["custom:team"]):
        assert await wire.admin_refused("ListUsers", AttributesToGet=only) == missing
    alice = {"Filter": 'username = "alice"'}
    assert len((await wire.admin("ListUsers", AttributesToGet=["email"], **alice))["Users"]) == 1
    # Attributes that no filter can search must have a value in all profiles, also in those not listed.
    assert await wire.admin_refused("ListUsers", AttributesToGet=["custom:team"], **alice) == missing


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"Filter": "username is bob"}, "Error while parsing filter."),
        ({"Filter": "username = bob"}, "Error while parsing filter."),
        ({"Filter": 'username != "bob"'}, "Error while parsing filter."),
        ({"Filter": '"username = "bob"'}, "Error while parsing filter."),
        ({"Filter": 'username = "b"ob"'}, "Error while parsing filter."),
        ({"Filter": 'username = "bob" and email = "f"'}, "Error while parsing filter."),
        ({"Filter": 'username = "bob\\"'}, "Error while parsing filter."),
        ({"Filter": 'locale = "de"'}, "Invalid search attribute: locale"),
        ({"Filter": 'custom:team = "red"'}, "Invalid search attribute: custom:team"),
        ({"AttributesToGet": ["email", "shoe"]}, "One or more requested attributes do not exist in user pool."),
        ({"PaginationToken": "AAAA"}, "Invalid pagination token given."),
    ],
)
async def test_unreadable_filters_are_refused(more: dict[str, str], message: str) -> None:
    assert await Wire().admin_refused("ListUsers", **more) == (INVALID, message)
