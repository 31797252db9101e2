"""The schema of attributes: `Schema`, `AddCustomAttributes`, and `SchemaAttributes` in descriptions."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute, StandardAttribute

from ..helpers import PASSWORD, listed
from .helpers import ALL_FLOWS, INVALID, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]


def schema_of(pool: Any) -> dict[str, Any]:
    return {each.pop("Name"): each for each in pool["SchemaAttributes"]}


def custom(name: str, kind: str = "String", **more: Any) -> dict[str, Any]:
    return {"Name": name, "AttributeDataType": kind, **more}


def shown(kind: str = "String", **more: Any) -> dict[str, Any]:
    flags = {"DeveloperOnlyAttribute": False, "Mutable": True, "Required": False}
    return {"AttributeDataType": kind, **flags, **more}


async def test_every_pool_has_the_standard_attributes() -> None:
    schema = schema_of(await Manager().new_pool())
    any_length = {"MinLength": "0", "MaxLength": "2048"}
    assert len(schema) == 20
    assert schema["sub"] == shown(
        Mutable=False, Required=True, StringAttributeConstraints={"MinLength": "1", "MaxLength": "2048"}
    )
    assert schema["email"] == shown(StringAttributeConstraints=any_length)
    assert schema["email_verified"] == shown("Boolean")
    assert schema["birthdate"] == shown(StringAttributeConstraints={"MinLength": "10", "MaxLength": "10"})
    assert schema["updated_at"] == shown("Number", NumberAttributeConstraints={"MinValue": "0"})


async def test_custom_attributes_are_described_as_they_were_made() -> None:
    lengths, values = {"MinLength": "0", "MaxLength": "2048"}, {"MinValue": "-3", "MaxValue": "9"}
    attributes = [
        custom("plain"),
        custom("team", StringAttributeConstraints=lengths, Mutable=False),
        custom("code", StringAttributeConstraints={"MaxLength": "6"}, NumberAttributeConstraints=values),
        custom("level", "Number", NumberAttributeConstraints=values, StringAttributeConstraints=lengths),
        custom("count", "Number"),
        custom("born", "DateTime", StringAttributeConstraints=lengths),
        custom("active", "Boolean", DeveloperOnlyAttribute=True),
    ]
    schema = schema_of(await Manager().new_pool(Schema=attributes))
    assert {name: each for name, each in schema.items() if "custom:" in name} == {
        "custom:plain": shown(StringAttributeConstraints={}),
        "custom:team": shown(Mutable=False, StringAttributeConstraints=lengths),
        "custom:code": shown(StringAttributeConstraints={"MaxLength": "6"}),
        "custom:level": shown("Number", NumberAttributeConstraints=values),
        "custom:count": shown("Number"),
        "custom:born": shown("DateTime"),
        "dev:custom:active": shown("Boolean", DeveloperOnlyAttribute=True),
    }


async def test_standard_attributes_are_changed() -> None:
    limits = {"MinLength": "3", "MaxLength": "40"}
    changes = [
        {"Name": "email", "Required": True},
        {"Name": "name", "AttributeDataType": "String", "StringAttributeConstraints": limits},
        {"Name": "nickname", "Mutable": False},
        {"Name": "updated_at", "NumberAttributeConstraints": {"MinValue": "0"}},
    ]
    schema = schema_of(await Manager().new_pool(Schema=changes))
    assert (schema["email"]["Required"], schema["nickname"]["Mutable"]) == (True, False)
    assert schema["name"]["StringAttributeConstraints"] == limits
    assert schema["updated_at"]["NumberAttributeConstraints"] == {"MinValue": "0"}


async def test_attributes_of_a_program_are_described() -> None:
    settings = PoolSettings(
        required_attributes=("name",),
        standard_attributes=(StandardAttribute("email", required=True, maximum_length=99),),
        custom_attributes=(
            CustomAttribute("code", minimum_length=2, maximum_length=6),
            CustomAttribute("level", "Number", minimum_value=0),
        ),
    )
    wire = Manager(settings)
    schema = schema_of(await wire.described(wire.pool.id))
    assert (schema["name"]["Required"], schema["email"]["Required"]) == (True, True)
    assert schema["email"]["StringAttributeConstraints"] == {"MinLength": "0", "MaxLength": "99"}
    assert schema["custom:code"]["StringAttributeConstraints"] == {"MinLength": "2", "MaxLength": "6"}
    assert schema["custom:level"]["NumberAttributeConstraints"] == {"MinValue": "0"}


async def test_schema_of_a_call_is_enforced() -> None:
    wire = Manager()
    limited = custom("code", StringAttributeConstraints={"MaxLength": "3"})
    pool_id = (await wire.new_pool(Schema=[limited, {"Name": "email", "Required": True}]))["Id"]
    writable = ["email", "custom:code"]
    client = await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS, WriteAttributes=writable)
    alice = {"ClientId": client["ClientId"], "Username": "alice", "Password": PASSWORD}
    assert "email: The attribute is required" in (await wire.refused("SignUp", **alice))[1]
    address = {"email": "f@example.com"}
    assert (await wire.refused("SignUp", **alice, UserAttributes=listed({**address, "custom:code": "1234"})))[
        0
    ] == INVALID
    assert await wire.call("SignUp", **alice, UserAttributes=listed({**address, "custom:code": "123"}))


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ({"AttributeDataType": "String"}, "Every attribute must have a Name."),
        ({"Name": "code"}, "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."),
        (custom("code", Required=True), "Required custom attributes are not supported currently."),
        (
            custom("email", "Number"),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            {"Name": "email", "DeveloperOnlyAttribute": True},
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            custom("code", StringAttributeConstraints={"MinLength": "few"}),
            "Invalid StringAttributeConstraints for schema attribute code",
        ),
        (
            custom("code", StringAttributeConstraints={"MaxLength": "2049"}),
            "user.code: String attributes cannot have a length of more than 2048",
        ),
        (
            custom("code", StringAttributeConstraints={"MinLength": "2", "MaxLength": "1"}),
            "user.code: Max length cannot be less than min length.",
        ),
        (
            custom("code", "Number", NumberAttributeConstraints={"MinValue": "2", "MaxValue": "1"}),
            "user.code: Max value cannot be less than min value.",
        ),
        (
            custom("email_verified", "Boolean"),
            "every pool has the attribute email_verified: change it with a StandardAttribute, or use another name",
        ),
        (
            {"Name": "updated_at", "NumberAttributeConstraints": {"MaxValue": "9"}},
            "The local pool does not have limits for updated_at: it cannot honor Schema.NumberAttributeConstraints.",
        ),
    ],
)
async def test_invalid_attributes_are_refused(attribute: dict[str, Any], message: str) -> None:
    assert await Manager().manage_refused("CreateUserPool", PoolName="shop", Schema=[attribute]) == (INVALID, message)


async def test_two_attributes_with_one_name_are_refused() -> None:
    refused = await Manager().manage_refused("CreateUserPool", PoolName="shop", Schema=[custom("a"), custom("a")])
    assert refused == (INVALID, "custom:a: Existing attribute already has name custom:a.")


async def test_custom_attributes_are_added() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool(Schema=[custom("code")]))["Id"]
    wire.clock.advance(10)
    added = [custom("team"), custom("level", "Number", NumberAttributeConstraints={"MaxValue": "9"})]
    await wire.manage("AddCustomAttributes", UserPoolId=pool_id, CustomAttributes=added)
    described = await wire.described(pool_id)
    assert described["LastModifiedDate"] == described["CreationDate"] + 10
    schema = schema_of(described)
    assert {"custom:code", "custom:team", "email"} < schema.keys()
    assert schema["custom:level"]["NumberAttributeConstraints"] == {"MaxValue": "9"}


async def test_attribute_that_the_pool_has_is_not_added_again() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool(Schema=[custom("code", DeveloperOnlyAttribute=True)]))["Id"]
    again = {"UserPoolId": pool_id, "CustomAttributes": [custom("code", DeveloperOnlyAttribute=True)]}
    taken = (INVALID, "custom:code: Existing attribute already has name dev:custom:code.")
    assert await wire.manage_refused("AddCustomAttributes", **again) == taken
    assert await wire.manage("AddCustomAttributes", UserPoolId=pool_id, CustomAttributes=[custom("code")]) == {}


@pytest.mark.parametrize("count", [0, 26])
async def test_number_of_added_attributes_is_limited(count: int) -> None:
    wire = Manager()
    added = [custom(f"a{number}") for number in range(count)]
    code, message = await wire.manage_refused("AddCustomAttributes", UserPoolId=wire.pool.id, CustomAttributes=added)
    assert code == INVALID and "at 'customAttributes' failed to satisfy constraint: Member must have length" in message


async def test_pool_has_at_most_fifty_custom_attributes() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool(Schema=[custom(f"a{number}") for number in range(49)]))["Id"]
    two = [custom("b"), custom("c")]
    refused = await wire.manage_refused("AddCustomAttributes", UserPoolId=pool_id, CustomAttributes=two)
    assert refused == (INVALID, "a pool must have at most 50 custom_attributes")
    assert await wire.manage("AddCustomAttributes", UserPoolId=pool_id, CustomAttributes=two[:1]) == {}
