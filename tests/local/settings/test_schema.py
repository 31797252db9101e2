from __future__ import annotations

from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute, StandardAttribute

from ..helpers import Wire, listed

LENGTHS = "the limits of x must be 0 to 2048, and the minimum not above the maximum"
NO_STRING = "x is no string, so it must have no minimum_length or maximum_length"
NO_NUMBER = "x is no number, so it must have no minimum_value or maximum_value"


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (CustomAttribute, {"name": ""}, "the name of a CustomAttribute must have 1 to 20 characters, without spaces"),
        (
            CustomAttribute,
            {"name": "a" * 21},
            "the name of a CustomAttribute must have 1 to 20 characters, without spaces",
        ),
        (
            CustomAttribute,
            {"name": "a b"},
            "the name of a CustomAttribute must have 1 to 20 characters, without spaces",
        ),
        (
            CustomAttribute,
            {"name": "a\n"},
            "the name of a CustomAttribute must have 1 to 20 characters, without spaces",
        ),
        (CustomAttribute, {"name": "custom:x"}, "the CustomAttribute custom:x must be given without its prefix"),
        (CustomAttribute, {"name": "dev:x"}, "the CustomAttribute dev:x must be given without its prefix"),
        (
            CustomAttribute,
            {"name": "locale"},
            "every pool has the attribute locale: change it with a StandardAttribute, or use another name",
        ),
        (CustomAttribute, {"type": "string"}, "type must be one of String, Number, DateTime, Boolean"),
        (CustomAttribute, {"mutable": "no"}, "mutable must be True or False"),
        (CustomAttribute, {"minimum_length": 3, "maximum_length": 2}, LENGTHS),
        (CustomAttribute, {"minimum_length": -1}, LENGTHS),
        (CustomAttribute, {"maximum_length": 2049}, LENGTHS),
        (CustomAttribute, {"maximum_length": None}, "maximum_length must be an integer"),
        (CustomAttribute, {"type": "Number", "maximum_length": 2}, NO_STRING),
        (CustomAttribute, {"type": "Boolean", "minimum_length": 2}, NO_STRING),
        (CustomAttribute, {"minimum_value": 2}, NO_NUMBER),
        (CustomAttribute, {"type": "DateTime", "maximum_value": 2}, NO_NUMBER),
        (
            CustomAttribute,
            {"type": "Number", "minimum_value": 3, "maximum_value": 2},
            "the minimum_value of x must not be above its maximum_value",
        ),
        (
            CustomAttribute,
            {"type": "Number", "maximum_value": -(10**5000)},
            "the limits of x must have at most 2048 digits, like its values",
        ),
        (CustomAttribute, {"type": "Number", "minimum_value": 3.5}, "minimum_value must be an integer or None"),
        (StandardAttribute, {"name": "birthdate", "minimum_length": 11}, LENGTHS.replace("x must", "birthdate must")),
        (StandardAttribute, {"name": "name", "maximum_length": 2049}, LENGTHS.replace("x must", "name must")),
        (StandardAttribute, {"name": "updated_at", "maximum_length": 9}, NO_STRING.replace("x is", "updated_at is")),
    ],
)
def test_invalid_attribute_is_refused(kind: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        kind(**{"name": "x", **fields})
    assert str(refused.value) == message


@pytest.mark.parametrize("name", ["sub", "email_verified", "phone_number_verified", "shoe", "custom:x"])
def test_only_attributes_of_every_pool_can_be_changed(name: str) -> None:
    with pytest.raises(ConfigurationError, match="a StandardAttribute must be one of name, given_name, family_name"):
        StandardAttribute(name)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@given(
    limits=st.lists(st.integers(0, 12), min_size=2, max_size=2).map(sorted),
    values=st.lists(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=14), max_size=4),
)
@settings(max_examples=30, deadline=None)
def test_string_is_accepted_if_its_length_is_within_the_limits(
    backend: str, limits: list[int], values: list[str]
) -> None:
    least, most = limits
    own = (CustomAttribute("x", minimum_length=least, maximum_length=most),)
    changed = (StandardAttribute("nickname", minimum_length=least, maximum_length=most),)

    async def try_values() -> None:
        wire = Wire(PoolSettings(custom_attributes=own, standard_attributes=changed))
        await wire.admin("AdminCreateUser", Username="alice")
        for value in values:
            for name in ("custom:x", "nickname"):
                body = {"UserPoolId": wire.pool.id, "Username": "alice", "UserAttributes": listed({name: value})}
                reply = await wire.signed("AdminUpdateUserAttributes", body)
                assert (reply.status_code == 200) is (least <= len(value) <= most)

    anyio.run(try_values, backend=backend)
