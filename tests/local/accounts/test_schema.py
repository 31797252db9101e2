"""The pool's schema: which values attributes can have, who may set them, and when."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute, StandardAttribute

from ..helpers import PASSWORD, Wire, attributes_of, claims, listed, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
SCHEMA = "Attributes did not conform to the schema: "
CHANGES = "Invalid user attributes: "
FIXED = "Attribute cannot be updated.\n"
UNAUTHORIZED = refusal("A client attempted to write unauthorized attribute")
TYPES = (
    CustomAttribute("size", "Number", minimum_value=-1, maximum_value=10),
    CustomAttribute("high", "Number", minimum_value=5),
    CustomAttribute("code", minimum_length=2, maximum_length=3),
    CustomAttribute("at", "DateTime"),
    CustomAttribute("paid", "Boolean"),
)
FITTING = {
    "birthdate": "1990-12-31",
    "updated_at": "0",
    "nickname": "a" * 2048,
    "custom:size": "9.5",
    "custom:high": "5",
    "custom:code": "abc",
    "custom:at": "2026-01-02T03:04:05Z",
    "custom:paid": "True",
}
UNFIT = [
    ("birthdate", "x", "String must be no shorter than 10 characters"),
    ("birthdate", "1950-01-01T00:00:00Z", "String must be no longer than 10 characters"),
    ("updated_at", "x", "Attribute value is not a number."),
    ("updated_at", "-1", "Number must be no less than 0"),
    ("custom:size", "10.01", "Number must be no greater than 10"),
    ("custom:size", "-2", "Number must be no less than -1"),
    ("custom:size", "\u0663", "Attribute value is not a number."),
    ("custom:code", "a", "String must be no shorter than 2 characters"),
    ("custom:at", "yesterday", "Attribute value is not a date and time."),
    ("custom:paid", "yes", "Attribute value is not true or false."),
]


async def sign_up_refused(wire: Wire, **attributes: str) -> tuple[str, str]:
    return await wire.refused("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(attributes))


async def access(wire: Wire) -> dict[str, str]:
    return {"AccessToken": (await wire.tokens())["AccessToken"]}


async def update(wire: Wire, **attributes: str) -> Any:
    return await wire.call("UpdateUserAttributes", UserAttributes=listed(attributes), **await access(wire))


async def update_refused(wire: Wire, **attributes: str) -> tuple[str, str]:
    return await wire.refused("UpdateUserAttributes", UserAttributes=listed(attributes), **await access(wire))


async def admin_update_refused(wire: Wire, **attributes: str) -> tuple[str, str]:
    return await wire.admin_refused("AdminUpdateUserAttributes", Username="alice", UserAttributes=listed(attributes))


@pytest.mark.parametrize(("name", "value", "problem"), UNFIT)
async def test_value_outside_the_limits_is_refused(name: str, value: str, problem: str) -> None:
    wire = Wire(PoolSettings(custom_attributes=TYPES))
    assert await sign_up_refused(wire, **{name: value}) == (INVALID, f"{SCHEMA}{name}: {problem}\n")
    user = await wire.signed_up()
    for refused in (update_refused, admin_update_refused):
        assert await refused(wire, name="Alice", **{name: value}) == (INVALID, f"{CHANGES}{name}: {problem}\n")
    assert name not in user.attributes and "name" not in user.attributes


async def test_value_within_the_limits_is_stored() -> None:
    wire = Wire(PoolSettings(custom_attributes=TYPES))
    user = await wire.signed_up(email="f@example.com", **FITTING)
    assert user.attributes.items() >= FITTING.items()
    # The types are checked, but the claims of all attributes are strings.
    assert claims((await wire.tokens())["IdToken"])[1].items() >= FITTING.items()


async def test_limits_of_a_standard_attribute_can_be_changed() -> None:
    changes = (StandardAttribute("birthdate", minimum_length=4), StandardAttribute("nickname", maximum_length=3))
    wire = Wire(PoolSettings(standard_attributes=changes))
    problems = f"{SCHEMA}birthdate: String must be no shorter than 4 characters\n"
    problems += "nickname: String must be no longer than 3 characters\n"
    assert await sign_up_refused(wire, birthdate="199", nickname="alice") == (INVALID, problems)
    await wire.signed_up(email="f@example.com", birthdate="1990", nickname="al")


async def test_required_standard_attribute_must_be_set_and_stays() -> None:
    wire = Wire(PoolSettings(standard_attributes=(StandardAttribute("birthdate", required=True),)))
    assert await sign_up_refused(wire) == (INVALID, f"{SCHEMA}birthdate: The attribute is required\n")
    await wire.signed_up(email="f@example.com", birthdate="1990-12-31")
    assert await update_refused(wire, birthdate="") == (
        INVALID,
        f"{CHANGES}birthdate: Required attribute cannot be deleted.\n",
    )


IMMUTABLE = PoolSettings(
    custom_attributes=(CustomAttribute("tenant", mutable=False),),
    standard_attributes=(StandardAttribute("nickname", mutable=False),),
)


@pytest.mark.parametrize(("name", "value"), [("custom:tenant", "b"), ("custom:tenant", "a"), ("nickname", "al")])
async def test_immutable_attribute_can_only_be_set_at_the_creation(name: str, value: str) -> None:
    wire = Wire(IMMUTABLE)
    user = await wire.signed_up(email="f@example.com", **{"custom:tenant": "a"})
    assert user.attributes["custom:tenant"] == "a"
    for refused in (update_refused, admin_update_refused):
        assert await refused(wire, **{name: value}) == (INVALID, f"user.{name}: {FIXED}")
    delete = {"Username": "alice", "UserAttributeNames": [name]}
    assert await wire.admin_refused("AdminDeleteUserAttributes", **delete) == (INVALID, f"user.{name}: {FIXED}")
    assert user.attributes["custom:tenant"] == "a"


async def test_administrator_sets_immutable_attributes_of_a_new_user() -> None:
    wire = Wire(IMMUTABLE)
    made = await wire.admin("AdminCreateUser", Username="alice", UserAttributes=listed({"custom:tenant": "a"}))
    assert attributes_of(made["User"]["Attributes"])["custom:tenant"] == "a"


async def test_several_fixed_attributes_have_a_line_each() -> None:
    wire = Wire(IMMUTABLE)
    await wire.signed_up()
    unknown = "user.custom:x: Attribute does not exist in the schema.\n"
    lines = f"user.nickname: {FIXED}{unknown}"
    assert await update_refused(wire, nickname="al", **{"custom:x": "1"}) == (INVALID, lines)


DEVELOPER = PoolSettings(custom_attributes=(CustomAttribute("plan", developer_only=True),))


async def test_developer_only_attribute_is_written_by_administrators() -> None:
    wire = Wire(DEVELOPER)
    plan = {"dev:custom:plan": "gold"}
    assert await sign_up_refused(wire, **plan) == UNAUTHORIZED
    await wire.signed_up()
    assert await update_refused(wire, **plan) == UNAUTHORIZED
    delete = {"UserAttributeNames": ["dev:custom:plan"], **await access(wire)}
    assert await wire.refused("DeleteUserAttributes", **delete) == UNAUTHORIZED
    await wire.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=listed(plan))
    shown = attributes_of((await wire.call("GetUser", **await access(wire)))["UserAttributes"])
    assert shown["dev:custom:plan"] == "gold"
    assert claims((await wire.tokens())["IdToken"])[1]["dev:custom:plan"] == "gold"


async def test_developer_only_attribute_has_no_name_without_its_prefix() -> None:
    wire = Wire(DEVELOPER)
    unknown = (INVALID, SCHEMA + "Type for attribute {custom:plan} could not be determined\n")
    assert await sign_up_refused(wire, **{"custom:plan": "gold"}) == unknown


async def test_client_without_lists_reads_and_writes_custom_attributes() -> None:
    wire = Wire(PoolSettings(custom_attributes=TYPES))
    await wire.signed_up()
    await update(wire, **{"custom:code": "ab"})
    shown = attributes_of((await wire.call("GetUser", **await access(wire)))["UserAttributes"])
    assert shown["custom:code"] == "ab"


async def test_client_reads_and_writes_the_attributes_of_its_lists() -> None:
    client = AppClientSettings(
        read_attributes=frozenset({"custom:paid"}), write_attributes=frozenset({"email", "custom:code"})
    )
    wire = Wire(PoolSettings(custom_attributes=TYPES, required_attributes=("email",)), client)
    await wire.signed_up()
    assert await update_refused(wire, **{"custom:paid": "true"}) == UNAUTHORIZED
    await update(wire, **{"custom:code": "ab"})
    await wire.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=listed({"custom:paid": "true"}))
    shown = attributes_of((await wire.call("GetUser", **await access(wire)))["UserAttributes"])
    assert shown == {"sub": shown["sub"], "custom:paid": "true"}
