"""Administrators' operations on existing accounts."""

from __future__ import annotations

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..helpers import INCORRECT, PASSWORD, Wire, hours, listed

pytestmark = pytest.mark.anyio
NEW = "N3w-Passw0rd!"
NO_USER = ("UserNotFoundException", "User does not exist.")
INVALID = "InvalidParameterException"


async def test_permanent_password_confirms_the_user() -> None:
    wire = Wire()
    await wire.admin("AdminCreateUser", Username="alice")
    assert await wire.admin("AdminSetUserPassword", Username="alice", Password=NEW, Permanent=True) == {}
    assert (await wire.admin("AdminGetUser", Username="alice"))["UserStatus"] == "CONFIRMED"
    wire.clock.advance(hours(8 * 24))
    assert await wire.tokens(password=NEW)


async def test_password_not_set_as_permanent_is_temporary() -> None:
    wire = Wire()
    await wire.signed_up()
    await wire.admin("AdminSetUserPassword", Username="alice", Password=NEW)
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == INCORRECT
    assert (await wire.initiate(USERNAME="alice", PASSWORD=NEW))["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    wire.clock.advance(hours(7 * 24))
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=NEW) == (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    )


async def test_administrators_password_must_follow_the_policy() -> None:
    wire = Wire()
    await wire.signed_up()
    refused = await wire.admin_refused("AdminSetUserPassword", Username="alice", Password="short")
    assert refused[0] == "InvalidPasswordException"
    assert await wire.admin_refused("AdminSetUserPassword", Username="nobody", Password=NEW) == NO_USER
    assert await wire.tokens()


async def test_reset_code_goes_to_a_verified_contact() -> None:
    wire = Wire()
    await wire.signed_up("alice", PASSWORD, email="f@example.com", phone_number="+15550100")
    await wire.signed_up("bob")
    bob = wire.service.find_user(wire.pool.id, "bob")
    assert bob is not None
    bob.attributes = {}
    for name in ("alice", "bob"):
        sent = len(wire.service.outbox)
        assert await wire.admin("AdminResetUserPassword", Username=name) == {}
        assert [message.medium for message in wire.service.outbox[sent:]] == (["EMAIL"] if name == "alice" else [])
        assert (await wire.initiate_refused(USERNAME=name, PASSWORD=PASSWORD))[0] == "PasswordResetRequiredException"


async def test_administrator_can_verify_contacts() -> None:
    wire = Wire()
    user = await wire.signed_up()
    for given, expected in (
        ({"email": "g@example.com"}, {"email": "g@example.com", "email_verified": "false"}),
        ({"email_verified": "true"}, {"email": "g@example.com", "email_verified": "true"}),
        (
            {"email_verified": "true", "email": "h@example.com", "name": "Alice"},
            {"email": "h@example.com", "email_verified": "true", "name": "Alice"},
        ),
        ({"name": ""}, {"email": "h@example.com", "email_verified": "true"}),
        ({"email": ""}, {}),
    ):
        attributes = listed(given)
        assert await wire.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=attributes) == {}
        assert user.attributes == expected


async def test_administrator_cannot_break_schema_or_take_an_alias() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email",)))
    await wire.signed_up("alice", PASSWORD, email="f@example.com")
    await wire.signed_up("bob", PASSWORD, email="g@example.com")
    for given, code in (
        ({"sub": "x"}, INVALID),
        ({"shoe": "1"}, INVALID),
        ({"email": "f@example.com"}, "AliasExistsException"),
    ):
        update = {"Username": "bob", "UserAttributes": listed(given)}
        assert (await wire.admin_refused("AdminUpdateUserAttributes", **update))[0] == code
