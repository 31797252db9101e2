"""Contacts with which users sign in: each belongs to one user, whatever else a call does or whatever runs beside it."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, Wire, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
EMAIL = {"email": "f@example.com"}
TAKEN = ("UsernameExistsException", "An account with the given email already exists.")
CONTACTS_AS_NAMES = PoolSettings(username_attributes=("email", "phone_number"), auto_verified=("email", "phone_number"))


class SlowMessages:
    """A custom message trigger that waits while the texts for a changed contact are made, or fails then."""

    def __init__(self, *, fails: bool = False) -> None:
        self.called, self.goes_on, self.fails = anyio.Event(), anyio.Event(), fails

    async def __call__(self, event: Event) -> None:
        if event["triggerSource"] != "CustomMessage_UpdateUserAttribute":
            return
        if self.fails:
            raise RuntimeError("no text")
        self.called.set()
        await self.goes_on.wait()


@pytest.mark.parametrize("by_administrator", [True, False])
async def test_new_user_cannot_have_the_contact_of_another_user(by_administrator: bool) -> None:
    wire = Wire(CONTACTS_AS_NAMES)
    alice = await wire.signed_up("f@example.com", PASSWORD, **EMAIL)
    new = {"Username": "+15550100", "UserAttributes": listed({"email": "F@example.com"})}
    if by_administrator:
        assert await wire.admin_refused("AdminCreateUser", **new) == TAKEN
    else:
        assert await wire.refused("SignUp", Password=PASSWORD, **new) == TAKEN
    assert wire.service.find_user(wire.pool.id, "f@example.com") is alice
    assert wire.service.find_user(wire.pool.id, "+15550100") is None


async def test_migrated_user_cannot_have_the_contact_of_another_user() -> None:
    async def migrate(event: Event) -> None:
        event["response"] |= {"userAttributes": EMAIL, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"}

    wire = Wire(PoolSettings(username_attributes=("email", "phone_number"), triggers=Triggers(user_migration=migrate)))
    await wire.signed_up("f@example.com", PASSWORD, **EMAIL)
    refused = await wire.initiate_refused(USERNAME="+15550100", PASSWORD=PASSWORD)
    assert refused == ("UserNotFoundException", f"Exception migrating user in app client {wire.client.id}")
    assert wire.service.find_user(wire.pool.id, "+15550100") is None


@pytest.mark.parametrize("operation", ["AdminCreateUser", "SignUp"])
async def test_refused_call_takes_no_alias(operation: str) -> None:
    async def verify(event: Event) -> None:
        if event["userName"] == "carol" and operation == "SignUp":
            event["response"] |= {"autoVerifyEmail": True, "autoVerifyPhone": True}

    aliases = PoolSettings(alias_attributes=("email", "preferred_username"), triggers=Triggers(pre_sign_up=verify))
    wire = Wire(aliases)
    alice = await wire.signed_up()
    if operation == "SignUp":
        refused = await wire.refused("SignUp", Username="carol", Password=PASSWORD, UserAttributes=listed(EMAIL))
        assert refused[0] == "InvalidLambdaResponseException"
    else:
        both = listed({**EMAIL, "email_verified": "true", "preferred_username": "alice"})
        refused = await wire.admin_refused(
            "AdminCreateUser", Username="carol", ForceAliasCreation=True, UserAttributes=both
        )
        assert refused == ("UsernameExistsException", "An account with the preferred_username already exists.")
    assert alice.attributes == {**EMAIL, "email_verified": "true"}


async def two_users(messages: SlowMessages) -> Wire:
    settings = PoolSettings(alias_attributes=("preferred_username",), triggers=Triggers(custom_message=messages))
    wire = Wire(settings)
    await wire.signed_up()
    await wire.signed_up("bob", PASSWORD, email="g@example.com")
    return wire


@pytest.mark.parametrize("by_administrator", [True, False])
async def test_one_of_two_concurrent_changes_gets_the_name(by_administrator: bool) -> None:
    messages = SlowMessages()
    wire = await two_users(messages)
    name = {"preferred_username": "ally"}
    tokens = {each: {"AccessToken": (await wire.tokens(each))["AccessToken"]} for each in ("alice", "bob")}

    async def change() -> None:
        changes: dict[str, Any] = {"UserAttributes": listed({"email": "new@example.com", **name})}
        if by_administrator:
            await wire.admin("AdminUpdateUserAttributes", Username="alice", **changes)
        else:
            await wire.call("UpdateUserAttributes", **changes, **tokens["alice"])

    taken = ("AliasExistsException", "An account with the preferred_username already exists.")
    async with anyio.create_task_group() as group:
        group.start_soon(change)
        await messages.called.wait()
        assert await wire.refused("UpdateUserAttributes", UserAttributes=listed(name), **tokens["bob"]) == taken
        messages.goes_on.set()
    alice = wire.service.find_user(wire.pool.id, "ally")
    assert alice is not None and alice.username == "alice"


async def test_changes_are_complete_even_if_a_message_fails() -> None:
    wire = await two_users(SlowMessages(fails=True))
    access = (await wire.tokens())["AccessToken"]
    changes = {"nickname": "Al", "email": "new@example.com", "name": "Alice"}
    refused = await wire.refused("UpdateUserAttributes", AccessToken=access, UserAttributes=listed(changes))
    assert refused[0] == "UserLambdaValidationException"
    alice = wire.service.find_user(wire.pool.id, "alice")
    assert alice is not None and alice.attributes == {"email_verified": "false", **changes}
