from __future__ import annotations

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.passwords import PasswordPolicy
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, START, Wire, attributes_of, hours, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NO_USER = ("UserNotFoundException", "User does not exist.")
INVALID = "InvalidParameterException"
BOTH = listed({"email": "f@example.com", "phone_number": "+15550100"})


async def test_created_user_is_invited_with_a_temporary_password() -> None:
    wire = Wire()
    user = (await wire.admin("AdminCreateUser", Username="alice", UserAttributes=BOTH))["User"]
    assert user == {
        "Username": "alice",
        "Attributes": [{"Name": "sub", "Value": attributes_of(user["Attributes"])["sub"]}, *BOTH],
        "UserCreateDate": START.timestamp(),
        "UserLastModifiedDate": START.timestamp(),
        "Enabled": True,
        "UserStatus": "FORCE_CHANGE_PASSWORD",
    }
    message = wire.service.outbox[-1]
    assert (message.kind, message.medium, message.destination) == ("invitation", "SMS", "+15550100")
    reply = await wire.initiate(USERNAME="alice", PASSWORD=message.code)
    assert reply["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


@pytest.mark.parametrize(
    ("more", "media"),
    [
        ({"DesiredDeliveryMediums": ["EMAIL"]}, ["EMAIL"]),
        ({"DesiredDeliveryMediums": ["EMAIL", "SMS"]}, ["SMS", "EMAIL"]),
        ({"MessageAction": "SUPPRESS"}, []),
        ({"UserAttributes": []}, []),
        ({}, ["SMS"]),
        ({"UserAttributes": listed({"email": "f@example.com"})}, ["EMAIL"]),
    ],
)
async def test_invitation_is_sent_by_the_requested_media(more: dict[str, object], media: list[str]) -> None:
    wire = Wire()
    await wire.admin("AdminCreateUser", **{"Username": "alice", "UserAttributes": BOTH, **more})
    assert [message.medium for message in wire.service.outbox] == media


@pytest.mark.parametrize(
    ("medium", "message"),
    [
        ("EMAIL", "No email provided but desired delivery medium was Email"),
        ("SMS", "No phone number provided but desired delivery medium was SMS"),
    ],
)
async def test_requested_medium_needs_its_contact(medium: str, message: str) -> None:
    wire = Wire()
    create = {"Username": "alice", "DesiredDeliveryMediums": [medium]}
    assert await wire.admin_refused("AdminCreateUser", **create) == (INVALID, message)
    assert wire.service.find_user(wire.pool.id, "alice") is None
    assert await wire.admin("AdminCreateUser", MessageAction="SUPPRESS", **create)


@pytest.mark.parametrize("contact", ["email", "phone_number"])
async def test_missing_contact_cannot_be_verified(contact: str) -> None:
    wire = Wire()
    verified = listed({f"{contact}_verified": "true"})
    refused = await wire.admin_refused("AdminCreateUser", Username="alice", UserAttributes=verified)
    assert refused == (INVALID, f"{contact} is required, because {contact}_verified is true")


async def test_invitation_can_be_resent_until_it_is_used() -> None:
    wire = Wire()
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=BOTH)
    wire.clock.advance(hours(6 * 24))
    await wire.admin("AdminCreateUser", Username="alice", MessageAction="RESEND")
    first, second = (message.code for message in wire.service.outbox)
    assert (await wire.initiate_refused(USERNAME="alice", PASSWORD=first))[0] == "NotAuthorizedException"
    wire.clock.advance(hours(6 * 24))
    assert (await wire.initiate(USERNAME="alice", PASSWORD=second))["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert await wire.admin_refused("AdminCreateUser", Username="bob", MessageAction="RESEND") == NO_USER
    await wire.signed_up("carol")
    refused = await wire.admin_refused("AdminCreateUser", Username="carol", MessageAction="RESEND")
    assert refused[0] == "UnsupportedUserStateException"


async def test_temporary_password_must_follow_the_policy() -> None:
    wire = Wire(PoolSettings(password_policy=PasswordPolicy(minimum_length=20)))
    assert await wire.admin_refused("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD) == (
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    )
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=BOTH)
    assert len(wire.service.outbox[-1].code) == 20


async def test_username_is_unique() -> None:
    wire = Wire()
    await wire.signed_up("alice")
    assert await wire.admin_refused("AdminCreateUser", Username="Alice") == (
        "UsernameExistsException",
        "User account already exists",
    )


async def test_administrator_can_mark_a_contact_as_verified() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email", "phone_number")))
    verified = listed({"email": "f@example.com", "email_verified": "true"})
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=verified)
    assert await wire.admin_refused("AdminCreateUser", Username="bob", UserAttributes=verified) == (
        "UsernameExistsException",
        "An account with the email already exists.",
    )
    await wire.admin("AdminCreateUser", Username="bob", UserAttributes=verified, ForceAliasCreation=True)
    reply = await wire.admin("AdminGetUser", Username="f@example.com")
    assert reply["Username"] == "bob"


async def test_user_is_returned_by_name_or_sub() -> None:
    wire = Wire()
    user = await wire.signed_up()
    for name in ("alice", user.sub):
        reply = await wire.admin("AdminGetUser", Username=name)
        assert (reply["Username"], reply["UserStatus"], reply["Enabled"]) == ("alice", "CONFIRMED", True)
        assert attributes_of(reply["UserAttributes"])["email_verified"] == "true"


@pytest.mark.parametrize("operation", ["AdminGetUser", "AdminConfirmSignUp", "AdminDeleteUser"])
async def test_unknown_user_or_pool_is_refused(operation: str) -> None:
    wire = Wire()
    assert await wire.admin_refused(operation, Username="nobody") == NO_USER
    assert await wire.admin_refused(operation, Username="alice", UserPoolId="us-east-1_Nowhere") == (
        "ResourceNotFoundException",
        "User pool us-east-1_Nowhere does not exist.",
    )


async def test_confirmation_without_a_code_verifies_no_contact() -> None:
    wire = Wire()
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=BOTH)
    assert await wire.admin("AdminConfirmSignUp", Username="alice") == {}
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.status == "CONFIRMED" and user.attributes["email_verified"] == "false"
    assert await wire.admin_refused("AdminConfirmSignUp", Username="alice") == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )


async def test_deleted_user_is_not_found() -> None:
    wire = Wire()
    await wire.signed_up()
    assert await wire.admin("AdminDeleteUser", Username="alice") == {}
    assert await wire.admin_refused("AdminGetUser", Username="alice") == NO_USER


async def test_unsigned_operations_accept_a_signature() -> None:
    wire = Wire(client=AppClientSettings(id="client"))
    body = {"ClientId": "client", "Username": "alice", "Password": PASSWORD}
    assert (await wire.signed("SignUp", body, key_id="NOBODY")).status_code == 200
