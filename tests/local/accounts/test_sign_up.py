from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.passwords import PasswordPolicy
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, SECRET, START, Wire, listed, secret_hash

pytestmark = [pytest.mark.anyio, pytest.mark.table]
EMAIL = listed({"email": "florence@example.com"})
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
INVALID = "InvalidParameterException"
SCHEMA = "Attributes did not conform to the schema: "


async def test_sign_up_sends_a_code_and_masks_the_address() -> None:
    wire = Wire()
    reply = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    sent = wire.service.outbox[-1]
    assert reply == {
        "UserConfirmed": False,
        "UserSub": reply["UserSub"],
        "CodeDeliveryDetails": {"Destination": "f***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"},
        "Session": reply["Session"],
    }
    assert (sent.destination, sent.medium, sent.username, sent.kind) == (
        "florence@example.com",
        "EMAIL",
        "alice",
        "sign_up",
    )
    assert len(sent.code) == 6 and sent.code.isdigit() and sent.code not in repr(sent)


async def test_phone_number_is_preferred_and_masked() -> None:
    wire = Wire(PoolSettings(auto_verified=("email", "phone_number")))
    both = listed({"email": "f@example.com", "phone_number": "+15550009934"})
    reply = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=both)
    assert reply["CodeDeliveryDetails"] == {
        "Destination": "+*******9934",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }


@pytest.mark.parametrize("pool", [PoolSettings(auto_verified=()), PoolSettings(auto_verified=("phone_number",))])
async def test_without_a_contact_to_verify_nothing_is_sent(pool: PoolSettings) -> None:
    wire = Wire(pool)
    reply = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    assert "CodeDeliveryDetails" not in reply and not wire.service.outbox
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="123456") == EXPIRED
    assert await wire.refused("ResendConfirmationCode", Username="alice") == (
        INVALID,
        "Auto verification not turned on.",
    )


async def test_username_is_unique_in_any_case() -> None:
    wire = Wire()
    await wire.signed_up("alice")
    again = await wire.refused("SignUp", Username="ALICE", Password=PASSWORD)
    assert again == ("UsernameExistsException", "User already exists")


async def test_usernames_can_be_case_sensitive() -> None:
    wire = Wire(PoolSettings(username_case_sensitive=True))
    await wire.signed_up("alice")
    assert (await wire.call("SignUp", Username="ALICE", Password=PASSWORD))["UserConfirmed"] is False


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("Pa0!", "Password not long enough"),
        ("passw0rd!", "Password must have uppercase characters"),
        ("PASSW0RD!", "Password must have lowercase characters"),
        ("Password!", "Password must have numeric characters"),
        ("Passw0rdd", "Password must have symbol characters"),
    ],
)
async def test_weak_password_is_refused_for_its_first_problem(password: str, problem: str) -> None:
    refused = await Wire().refused("SignUp", Username="alice", Password=password)
    assert refused == ("InvalidPasswordException", f"Password did not conform with policy: {problem}")


async def test_password_policy_can_be_relaxed() -> None:
    policy = PasswordPolicy(6, False, False, False, False)
    assert await Wire(PoolSettings(password_policy=policy)).call("SignUp", Username="alice", Password="......")


async def test_password_is_required() -> None:
    assert await Wire().refused("SignUp", Username="alice") == (
        INVALID,
        "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
    )


CUSTOM = (CustomAttribute("size", "Number"), CustomAttribute("code", minimum_length=2, maximum_length=3))


@pytest.mark.parametrize(
    ("attributes", "code", "message"),
    [
        ({"email": "f"}, INVALID, "Invalid email address format."),
        ({"phone_number": "5550100"}, INVALID, "Invalid phone number format."),
        ({"sub": "x"}, INVALID, "Cannot modify the non-mutable attribute sub"),
        ({"custom:x": "1"}, INVALID, SCHEMA + "Type for attribute {custom:x} could not be determined\n"),
        (
            {"shoe": "1", "hat": "1"},
            INVALID,
            f"{SCHEMA}shoe: Attribute does not exist in the schema.\nhat: Attribute does not exist in the schema.\n",
        ),
        ({"custom:size": "big"}, INVALID, SCHEMA + "custom:size: Attribute value is not a number.\n"),
        ({"custom:code": "1234"}, INVALID, SCHEMA + "custom:code: String must be no longer than 3 characters\n"),
        (
            {"email_verified": "true"},
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        ),
    ],
)
async def test_attributes_outside_the_schema_are_refused(attributes: dict[str, str], code: str, message: str) -> None:
    wire = Wire(PoolSettings(custom_attributes=CUSTOM))
    refused = await wire.refused("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(attributes))
    assert refused == (code, message)
    assert wire.service.find_user(wire.pool.id, "alice") is None


async def test_custom_attributes_of_the_right_type_are_stored() -> None:
    wire = Wire(PoolSettings(custom_attributes=CUSTOM))
    user = await wire.signed_up(email="f@example.com", **{"custom:size": "-4.5", "custom:code": "abc"})
    assert user.attributes["custom:size"] == "-4.5" and user.attributes["custom:code"] == "abc"


async def test_missing_required_attributes_are_listed_line_by_line() -> None:
    wire = Wire(PoolSettings(required_attributes=("email", "given_name")))
    assert await wire.refused("SignUp", Username="alice", Password=PASSWORD) == (
        INVALID,
        f"{SCHEMA}given_name: The attribute is required\nemail: The attribute is required\n",
    )


async def test_client_may_set_writable_attributes_only() -> None:
    wire = Wire(client=AppClientSettings(write_attributes=frozenset({"email"})))
    unwritable = listed({"email": "f@example.com", "name": "F"})
    assert await wire.refused("SignUp", Username="alice", Password=PASSWORD, UserAttributes=unwritable) == (
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    )


async def test_sign_up_can_be_left_to_administrators() -> None:
    wire = Wire(PoolSettings(admin_create_user_only=True))
    assert await wire.refused("SignUp", Username="alice", Password=PASSWORD) == (
        "NotAuthorizedException",
        "SignUp is not permitted for this user pool",
    )


async def test_username_is_the_sub_if_users_sign_up_with_addresses() -> None:
    wire = Wire(PoolSettings(username_attributes=("email",)))
    reply = await wire.call("SignUp", Username="f@example.com", Password=PASSWORD)
    user = wire.service.find_user(wire.pool.id, "F@EXAMPLE.com")
    assert user is not None
    assert user.username == user.sub == reply["UserSub"] and user.attributes["email"] == "f@example.com"
    assert await wire.refused("SignUp", Username="f@example.com", Password=PASSWORD) == (
        "UsernameExistsException",
        "An account with the given email already exists.",
    )


@pytest.mark.parametrize(
    ("settings", "name", "email", "message"),
    [
        (PoolSettings(username_attributes=("email",)), "alice", "", "Username should be an email."),
        (PoolSettings(username_attributes=("phone_number",)), "alice", "", "Username should be a phone number."),
        (
            PoolSettings(username_attributes=("email", "phone_number")),
            "alice",
            "",
            "Username should be either an email or a phone number.",
        ),
        (
            PoolSettings(username_attributes=("email",)),
            "f@example.com",
            "g@example.com",
            "User email should be empty or same as username, since username attribute is email.",
        ),
        (
            PoolSettings(alias_attributes=("email",)),
            "f@example.com",
            "",
            "Username cannot be of email format, since user pool is configured for email alias.",
        ),
        (
            PoolSettings(alias_attributes=("phone_number",)),
            "+15550100",
            "",
            "Username cannot be of phone number format, since user pool is configured for phone number alias.",
        ),
    ],
)
async def test_malformed_username_is_refused(settings: PoolSettings, name: str, email: str, message: str) -> None:
    attributes = listed({"email": email} if email else {})
    refused = await Wire(settings).refused("SignUp", Username=name, Password=PASSWORD, UserAttributes=attributes)
    assert refused == (INVALID, message)


async def test_second_account_with_a_phone_number_is_refused() -> None:
    wire = Wire(PoolSettings(username_attributes=("phone_number",)))
    await wire.call("SignUp", Username="+15550100", Password=PASSWORD)
    assert await wire.refused("SignUp", Username="+15550100", Password=PASSWORD) == (
        "UsernameExistsException",
        "An account with the given phone_number already exists.",
    )


async def test_contact_of_another_user_cannot_be_verified_by_a_trigger() -> None:
    async def verify(event: dict[str, Any]) -> None:
        event["response"]["autoVerifyPhone"] = "phone_number" in event["request"]["userAttributes"]

    wire = Wire(PoolSettings(username_attributes=("email", "phone_number"), triggers=Triggers(pre_sign_up=verify)))
    await wire.call("SignUp", Username="+15550100", Password=PASSWORD)
    taken = listed({"phone_number": "+15550100"})
    refused = await wire.refused("SignUp", Username="f@example.com", Password=PASSWORD, UserAttributes=taken)
    assert refused == ("UsernameExistsException", "An account with the given phone_number already exists.")


async def test_unknown_client_is_refused() -> None:
    assert await Wire().refused("SignUp", ClientId="nobody", Username="alice", Password=PASSWORD) == (
        "ResourceNotFoundException",
        "User pool client nobody does not exist.",
    )


async def test_secret_client_needs_its_hash() -> None:
    wire = Wire(client=AppClientSettings(secret=SECRET))
    client = wire.client.id
    assert await wire.refused("SignUp", Username="alice", Password=PASSWORD) == (
        "NotAuthorizedException",
        f"Client {client} is configured with secret but SECRET_HASH was not received",
    )
    wrong = secret_hash("bob", wire.client)
    for operation, more in (
        ("SignUp", {"Password": PASSWORD}),
        ("ConfirmSignUp", {"ConfirmationCode": "1"}),
        ("ResendConfirmationCode", {}),
    ):
        assert await wire.refused(operation, Username="alice", SecretHash=wrong, **more) == (
            "NotAuthorizedException",
            f"SecretHash does not match for the client: {client}",
        )
    user = await wire.signed_up("alice")
    assert user.created == START


async def test_hash_for_a_client_without_a_secret_is_refused() -> None:
    wire = Wire()
    assert await wire.refused("SignUp", Username="alice", Password=PASSWORD, SecretHash="abc=") == (
        INVALID,
        f"App client {wire.client.id} is not configured for secret but secret hash was received",
    )
