"""`email_verified` and `phone_number_verified`, from the creation of a user to the verification of a contact."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async.local import LocalUserPool

from ..helpers import PASSWORD, Wire, attributes_of, claims, keys, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
BOTH = {"email": "f@example.com", "phone_number": "+15550009934"}


async def confirm_user(event: Event) -> Event:
    event["response"]["autoConfirmUser"] = True
    return event


async def test_unverified_address_is_marked_so_after_sign_up() -> None:
    local = LocalUserPool(PoolSettings(triggers=Triggers(pre_sign_up=confirm_user)), keys=keys())
    pool = local.user_pool()
    await pool.sign_up("alice", PASSWORD, attributes={"email": "f@example.com"})
    user = (await pool.sign_in("alice", PASSWORD)).user
    assert user.tokens.unverified_id_claims["email_verified"] is False
    assert "phone_number_verified" not in user.tokens.unverified_id_claims
    attributes = await user.attributes()
    assert attributes["email_verified"] == "false" and "phone_number_verified" not in attributes


async def test_code_verifies_one_of_two_contacts() -> None:
    wire = Wire()
    user = await wire.signed_up(**BOTH)
    assert (user.attributes["email_verified"], user.attributes["phone_number_verified"]) == ("true", "false")
    identity = claims((await wire.tokens())["IdToken"])[1]
    assert (identity["email_verified"], identity["phone_number_verified"]) == (True, False)


async def test_triggers_see_the_flags_after_sign_up_only() -> None:
    seen: list[Any] = []

    async def note(event: Event) -> None:
        seen.append(event["request"]["userAttributes"].get("email_verified"))

    await Wire(PoolSettings(triggers=Triggers(pre_sign_up=note, post_confirmation=note))).signed_up()
    assert seen == [None, "true"]


async def test_user_of_an_administrator_has_only_the_flags_that_are_given() -> None:
    wire = Wire()
    made = await wire.admin("AdminCreateUser", Username="alice", UserAttributes=listed(BOTH))
    assert attributes_of(made["User"]["Attributes"]).keys() == {"sub", *BOTH}
    given = {**BOTH, "email_verified": "True", "phone_number_verified": "False"}
    made = await wire.admin("AdminCreateUser", Username="bob", UserAttributes=listed(given))
    flags = attributes_of(made["User"]["Attributes"])
    assert (flags["email_verified"], flags["phone_number_verified"]) == ("true", "false")


async def test_flag_must_be_true_or_false() -> None:
    given = listed({"email": "f@example.com", "email_verified": "yes"})
    assert await Wire().admin_refused("AdminCreateUser", Username="alice", UserAttributes=given) == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: email_verified: Attribute value is not true or false.\n",
    )
