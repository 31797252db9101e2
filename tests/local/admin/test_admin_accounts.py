"""Administrators' operations on existing accounts."""

from __future__ import annotations

import pytest

from ..helpers import INCORRECT, PASSWORD, Wire, hours, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
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
    sent = len(wire.service.outbox)
    assert await wire.admin("AdminResetUserPassword", Username="alice") == {}
    assert [message.medium for message in wire.service.outbox[sent:]] == ["EMAIL"]
    assert (await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD))[0] == "PasswordResetRequiredException"


async def test_reset_without_a_verified_contact_is_refused() -> None:
    wire = Wire()
    user = await wire.signed_up()
    user.attributes["email_verified"] = "false"
    message = "Cannot reset password for the user as there is no registered/verified email or phone_number"
    assert await wire.admin_refused("AdminResetUserPassword", Username="alice") == (INVALID, message)
    assert user.status == "CONFIRMED"


async def test_password_of_a_disabled_user_cannot_be_reset() -> None:
    wire = Wire()
    user = await wire.signed_up()
    await wire.admin("AdminDisableUser", Username="alice")
    refused = await wire.admin_refused("AdminResetUserPassword", Username="alice")
    assert refused == ("NotAuthorizedException", "User is disabled.") and user.status == "CONFIRMED"


async def test_temporary_password_cannot_be_reset() -> None:
    wire = Wire()
    verified = listed({"email": "f@example.com", "email_verified": "true"})
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=verified)
    refused = await wire.admin_refused("AdminResetUserPassword", Username="alice")
    assert refused == ("NotAuthorizedException", "User password cannot be reset in the current state.")


async def test_flag_of_a_contact_may_be_capitalized() -> None:
    wire = Wire()
    address = listed({"email": "f@example.com", "email_verified": "True"})
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=address)
    await wire.admin("AdminSetUserPassword", Username="alice", Password=NEW, Permanent=True)
    assert (await wire.call("ForgotPassword", Username="alice"))["CodeDeliveryDetails"]["AttributeName"] == "email"


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


async def test_administrator_cannot_break_schema() -> None:
    wire = Wire()
    await wire.signed_up()
    for given in ({"sub": "x"}, {"shoe": "1"}):
        update = {"Username": "alice", "UserAttributes": listed(given)}
        assert (await wire.admin_refused("AdminUpdateUserAttributes", **update))[0] == INVALID
