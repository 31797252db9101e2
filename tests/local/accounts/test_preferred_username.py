"""`preferred_username` as an alias: a name that a confirmed user can choose, and that belongs to one user only."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async.local import LocalUserPool

from ..helpers import PASSWORD, Wire, keys, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
ALIAS = PoolSettings(alias_attributes=("preferred_username",))
ALLY = {"preferred_username": "ally"}
EARLY = "Preferred username cannot be provided for unconfirmed account"
TOO_EARLY = ("InvalidParameterException", f"{EARLY}, since user pool is configured for preferred username alias.")
TAKEN = ("AliasExistsException", "An account with the preferred_username already exists.")


async def set_name(wire: Wire, username: str, **attributes: str) -> Any:
    return await wire.admin("AdminUpdateUserAttributes", Username=username, UserAttributes=listed(attributes))


async def set_name_refused(wire: Wire, username: str, **attributes: str) -> tuple[str, str]:
    return await wire.admin_refused("AdminUpdateUserAttributes", Username=username, UserAttributes=listed(attributes))


async def test_user_signs_in_with_the_preferred_username() -> None:
    local = LocalUserPool(ALIAS, keys=keys())
    pool = local.user_pool()
    await pool.sign_up("alice", PASSWORD, attributes={"email": "f@example.com"})
    await pool.confirm_sign_up("alice", local.outbox[-1].code)
    user = (await pool.sign_in("alice", PASSWORD)).user
    await user.update_attributes(ALLY)
    again = (await pool.sign_in("ALLY", PASSWORD)).user  # by SRP, which uses the username
    assert again.signed_in and again.username == "alice"


async def test_letter_case_can_matter() -> None:
    wire = Wire(PoolSettings(alias_attributes=("preferred_username",), username_case_sensitive=True))
    await wire.signed_up()
    await set_name(wire, "alice", **ALLY)
    await wire.tokens("ally")
    assert (await wire.initiate_refused(USERNAME="ALLY", PASSWORD=PASSWORD))[0] == "UserNotFoundException"


async def test_it_cannot_be_set_before_the_confirmation() -> None:
    wire = Wire(ALIAS)
    given = {"Password": PASSWORD, "UserAttributes": listed({"email": "f@example.com", **ALLY})}
    assert await wire.refused("SignUp", Username="alice", **given) == TOO_EARLY
    await wire.call("SignUp", Username="alice", Password=PASSWORD)
    assert await set_name_refused(wire, "alice", **ALLY) == TOO_EARLY
    await wire.admin("AdminConfirmSignUp", Username="alice")
    await set_name(wire, "alice", **ALLY)
    await wire.tokens("ally")


async def test_without_the_alias_it_is_a_plain_attribute() -> None:
    wire = Wire()
    await wire.signed_up("alice", PASSWORD, email="f@example.com", **ALLY)
    await wire.signed_up("bob", PASSWORD, email="g@example.com", **ALLY)
    assert (await wire.initiate_refused(USERNAME="ally", PASSWORD=PASSWORD))[0] == "UserNotFoundException"


async def two_users() -> Wire:
    wire = Wire(ALIAS)
    await wire.signed_up()
    await wire.signed_up("bob", PASSWORD, email="g@example.com")
    await set_name(wire, "alice", **ALLY)
    return wire


@pytest.mark.parametrize("name", ["ally", "Ally", "alice"])
async def test_name_of_another_user_is_refused(name: str) -> None:
    wire = await two_users()
    access = {"AccessToken": (await wire.tokens("bob"))["AccessToken"]}
    taken = listed({"nickname": "b", "preferred_username": name})
    assert await wire.refused("UpdateUserAttributes", UserAttributes=taken, **access) == TAKEN
    assert await set_name_refused(wire, "bob", preferred_username=name) == TAKEN
    bob = wire.service.find_user(wire.pool.id, "bob")
    assert bob is not None and bob.attributes.keys() == {"email", "email_verified"}


async def test_name_of_another_user_cannot_become_an_alias() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email", "preferred_username")))
    await wire.signed_up()
    await set_name(wire, "alice", preferred_username="G@example.com")
    address = listed({"email": "g@example.com"})
    await wire.call("SignUp", Username="bob", Password=PASSWORD, UserAttributes=address)
    confirm = {"Username": "bob", "ConfirmationCode": wire.service.outbox[-1].code}
    taken = ("AliasExistsException", "An account with the email already exists.")
    assert await wire.refused("ConfirmSignUp", **confirm) == taken
    assert await wire.refused("ConfirmSignUp", ForceAliasCreation=True, **confirm) == taken


async def test_trigger_cannot_verify_the_name_of_another_user() -> None:
    async def verify(event: Event) -> None:
        event["response"]["autoVerifyEmail"] = bool(event["request"]["userAttributes"])

    settings = PoolSettings(alias_attributes=("email", "preferred_username"), triggers=Triggers(pre_sign_up=verify))
    wire = Wire(settings)
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=listed({"preferred_username": "f@g"}))
    refused = await wire.refused("SignUp", Username="bob", Password=PASSWORD, UserAttributes=listed({"email": "f@g"}))
    assert refused == ("UsernameExistsException", "An account with the email already exists.")


async def test_user_may_set_the_same_name_again() -> None:
    wire = await two_users()
    await set_name(wire, "alice", preferred_username="Ally")
    await set_name(wire, "alice", preferred_username="alice")
    await wire.tokens("alice")


async def test_new_user_cannot_have_the_name() -> None:
    wire = await two_users()
    signed_up = await wire.refused("SignUp", Username="ally", Password=PASSWORD)
    assert signed_up == ("UsernameExistsException", "User already exists")
    create = {"Username": "carol", "UserAttributes": listed(ALLY)}
    # `ForceAliasCreation` takes over contacts only.
    assert await wire.admin_refused("AdminCreateUser", ForceAliasCreation=True, **create) == (
        "UsernameExistsException",
        TAKEN[1],
    )


async def test_administrator_can_name_a_new_user() -> None:
    wire = Wire(ALIAS)
    await wire.admin("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD, UserAttributes=listed(ALLY))
    asked = await wire.initiate(USERNAME="ally", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


@pytest.mark.parametrize("end", ["change", "deletion of the attribute", "deletion of the user"])
async def test_name_is_free_again(end: str) -> None:
    wire = await two_users()
    await wire.tokens("ally")
    if end == "change":
        await set_name(wire, "alice", preferred_username="other")
    elif end == "deletion of the attribute":
        await wire.admin("AdminDeleteUserAttributes", Username="alice", UserAttributeNames=["preferred_username"])
    else:
        await wire.admin("AdminDeleteUser", Username="alice")
    assert (await wire.initiate_refused(USERNAME="ally", PASSWORD=PASSWORD))[0] == "UserNotFoundException"
    await set_name(wire, "bob", **ALLY)
    assert (await wire.admin("AdminGetUser", Username="ally"))["Username"] == "bob"


async def test_migrated_user_cannot_take_the_name() -> None:
    async def directory(event: Event) -> Event:
        event["response"] = {"userAttributes": ALLY, "finalUserStatus": "CONFIRMED"}
        return event

    wire = Wire(PoolSettings(alias_attributes=("preferred_username",), triggers=Triggers(user_migration=directory)))
    await wire.signed_up()
    await set_name(wire, "alice", **ALLY)
    refused = await wire.initiate_refused(USERNAME="bob", PASSWORD=PASSWORD)
    assert refused == ("UserNotFoundException", f"Exception migrating user in app client {wire.client.id}")
