"""Administrators' changes of contacts: which are verified, which get a code, and whose alias they become."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, Wire, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
KEPT = PoolSettings(verify_before_update=("email",))
ALIASES = PoolSettings(alias_attributes=("email",))


async def update(wire: Wire, name: str = "alice", /, **attributes: str) -> Any:
    return await wire.admin("AdminUpdateUserAttributes", Username=name, UserAttributes=listed(attributes))


async def test_changed_contact_gets_a_code_that_its_user_confirms() -> None:
    wire = Wire()
    user = await wire.signed_up()
    access = (await wire.tokens())["AccessToken"]
    assert await update(wire, email="g@example.com") == {}
    sent = wire.service.outbox[-1]
    assert (sent.destination, sent.kind) == ("g@example.com", "verify_attribute")
    assert user.attributes == {"email": "g@example.com", "email_verified": "false"}
    await wire.call("VerifyUserAttribute", AccessToken=access, AttributeName="email", Code=sent.code)
    assert user.attributes["email_verified"] == "true"


async def test_contact_that_the_administrator_verifies_gets_no_code() -> None:
    for settings in (PoolSettings(), KEPT):
        wire = Wire(settings)
        user = await wire.signed_up()
        sent = len(wire.service.outbox)
        await update(wire, email_verified="true", email="g@example.com")
        assert user.attributes == {"email": "g@example.com", "email_verified": "true"}
        assert len(wire.service.outbox) == sent


async def test_contact_that_the_pool_does_not_verify_gets_no_code() -> None:
    wire = Wire()
    user = await wire.signed_up()
    sent = len(wire.service.outbox)
    await update(wire, phone_number="+15550100", name="Alice")
    assert user.attributes["phone_number_verified"] == "false" and user.attributes["name"] == "Alice"
    assert len(wire.service.outbox) == sent


async def test_old_contact_can_stay_until_the_new_one_is_verified() -> None:
    wire = Wire(KEPT)
    user = await wire.signed_up()
    await update(wire, email="g@example.com")
    assert wire.service.outbox[-1].destination == "g@example.com"
    assert user.attributes == {"email": "f@example.com", "email_verified": "true"}
    await update(wire, email_verified="true")
    assert user.attributes == {"email": "g@example.com", "email_verified": "true"} and not user.pending


async def test_restoring_the_old_contact_cancels_the_new_one() -> None:
    wire = Wire(KEPT)
    user = await wire.signed_up()
    await update(wire, email="g@example.com")
    await update(wire, email="f@example.com")
    assert not user.pending and user.attributes == {"email": "f@example.com", "email_verified": "true"}


async def test_verified_alias_moves_to_the_changed_user() -> None:
    wire = Wire(ALIASES)
    alice = await wire.signed_up("alice", PASSWORD, email="f@example.com")
    bob = await wire.signed_up("bob", PASSWORD, email="g@example.com")
    await update(wire, "bob", email="f@example.com")
    assert wire.service.find_user(wire.pool.id, "f@example.com") is alice
    await update(wire, "bob", email_verified="true")
    assert wire.service.find_user(wire.pool.id, "f@example.com") is bob
    assert alice.attributes["email_verified"] == "false"


async def test_flag_of_a_missing_contact_takes_no_alias() -> None:
    wire = Wire(ALIASES)
    user = await wire.signed_up("alice", PASSWORD, email="f@example.com")
    await update(wire, phone_number_verified="true")
    assert user.attributes["email_verified"] == "true"


async def test_contact_with_which_another_user_signed_up_is_refused() -> None:
    wire = Wire(PoolSettings(username_attributes=("email",)))
    await wire.signed_up("f@example.com", PASSWORD, email="f@example.com")
    bob = await wire.signed_up("g@example.com", PASSWORD, email="g@example.com")
    for taken in ({"email": "f@example.com"}, {"email": "f@example.com", "email_verified": "true"}):
        given = {"Username": bob.username, "UserAttributes": listed(taken)}
        refused = await wire.admin_refused("AdminUpdateUserAttributes", **given)
        assert refused == ("AliasExistsException", "An account with the email already exists.")
    assert bob.attributes == {"email": "g@example.com", "email_verified": "true"}
