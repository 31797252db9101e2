"""Second factors of a signed-in user."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, Wire

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
OPTIONAL = PoolSettings(mfa="OPTIONAL")
NOT_ENABLED = ("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
MISMATCH = ("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
ON, OFF, FIRST = {"Enabled": True}, {"Enabled": False}, {"Enabled": True, "PreferredMfa": True}


def totp(secret: str, wire: Wire) -> str:
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return TOTP(key, 6, SHA1(), 30).generate(int(wire.clock.now().timestamp())).decode()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def signed_in(settings: PoolSettings = OPTIONAL, **attributes: str) -> tuple[Wire, dict[str, Any]]:
    wire = Wire(settings)
    await wire.signed_up(**attributes)
    return wire, {"AccessToken": (await wire.tokens())["AccessToken"]}


async def with_app(wire: Wire, access: dict[str, Any], **more: str) -> str:
    secret: str = (await wire.call("AssociateSoftwareToken", **access))["SecretCode"]
    verified = await wire.call("VerifySoftwareToken", UserCode=totp(secret, wire), **access, **more)
    assert verified == {"Status": "SUCCESS"}
    return secret


async def test_authenticator_app_is_set_up_and_then_switched_on() -> None:
    wire, access = await signed_in()
    reply = await wire.call("AssociateSoftwareToken", **access)
    assert reply.keys() == {"SecretCode"} and len(base64.b32decode(reply["SecretCode"] + "====")) == 32
    code = totp(reply["SecretCode"], wire)
    assert await wire.refused("VerifySoftwareToken", UserCode=wrong(code), **access) == MISMATCH
    verified = {"UserCode": code, "FriendlyDeviceName": "phone", **access}
    assert await wire.call("VerifySoftwareToken", **verified) == {"Status": "SUCCESS"}
    # If MFA is optional, only users who switched a factor on get its challenge.
    assert "AuthenticationResult" in await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert await wire.call("SetUserMFAPreference", SoftwareTokenMfaSettings=FIRST, **access) == {}
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "phone"


async def test_code_that_verified_an_app_cannot_be_reused() -> None:
    wire, access = await signed_in()
    secret = await with_app(wire, access)
    await wire.call("SetUserMFAPreference", SoftwareTokenMfaSettings=ON, **access)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    answer = {
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": asked["Session"],
        "ChallengeResponses": {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": totp(secret, wire)},
    }
    assert await wire.refused("RespondToAuthChallenge", **answer) == (
        "ExpiredCodeException",
        "Your software token has already been used once.",
    )


async def test_new_app_replaces_the_old_one_once_verified() -> None:
    wire, access = await signed_in()
    old = await with_app(wire, access)
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.software_token is not None
    new = (await wire.call("AssociateSoftwareToken", **access))["SecretCode"]
    assert user.software_token.secret == old
    assert await wire.refused("VerifySoftwareToken", UserCode=wrong(totp(new, wire)), **access) == MISMATCH
    assert user.software_token.secret == old
    await wire.call("VerifySoftwareToken", UserCode=totp(new, wire), **access)
    assert user.software_token.secret == new
    assert old not in repr(user) and new not in repr(user)


async def test_app_must_be_associated_before_verification() -> None:
    wire, access = await signed_in()
    assert await wire.refused("VerifySoftwareToken", UserCode="123456", **access) == MISMATCH


@pytest.mark.parametrize(
    "settings", [PoolSettings(), PoolSettings(mfa="OPTIONAL", mfa_methods=("SMS_MFA", "EMAIL_OTP"))]
)
async def test_app_is_refused_by_a_pool_without_apps(settings: PoolSettings) -> None:
    wire, access = await signed_in(settings)
    assert await wire.refused("AssociateSoftwareToken", **access) == NOT_ENABLED
    assert await wire.refused("VerifySoftwareToken", UserCode="123456", **access) == NOT_ENABLED


async def test_either_a_token_or_a_session_identifies_the_user() -> None:
    wire, access = await signed_in()
    for operation, more in (("AssociateSoftwareToken", {}), ("VerifySoftwareToken", {"UserCode": "123456"})):
        assert (await wire.refused(operation, **more))[0] == INVALID
        assert (await wire.refused(operation, Session="x" * 20, **access, **more))[0] == INVALID
    assert (await wire.refused("AssociateSoftwareToken", AccessToken="x"))[0] == "NotAuthorizedException"


@pytest.mark.parametrize(
    ("settings", "factor"),
    [
        ("SoftwareTokenMfaSettings", "SOFTWARE_TOKEN_MFA"),
        ("SMSMfaSettings", "SMS_MFA"),
        ("EmailMfaSettings", "EMAIL_OTP"),
        ("WebAuthnMfaSettings", "WEB_AUTHN"),
    ],
)
async def test_factor_cannot_be_switched_on_without_its_contact_or_app(settings: str, factor: str) -> None:
    wire, access = await without_contacts()
    assert await wire.refused("SetUserMFAPreference", **{settings: ON}, **access) == (
        INVALID,
        f"User does not have delivery config set to turn on {factor}",
    )


async def without_contacts() -> tuple[Wire, dict[str, Any]]:
    wire = Wire(OPTIONAL)
    await wire.call("SignUp", Username="alice", Password=PASSWORD)
    await wire.admin("AdminConfirmSignUp", Username="alice")
    return wire, {"AccessToken": (await wire.tokens())["AccessToken"]}


async def test_unverified_app_cannot_be_switched_on() -> None:
    wire, access = await signed_in()
    await wire.call("AssociateSoftwareToken", **access)
    assert await wire.refused("SetUserMFAPreference", SoftwareTokenMfaSettings=ON, **access) == (
        INVALID,
        "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
    )


async def mfa_of(wire: Wire, access: dict[str, Any]) -> tuple[Any, Any]:
    """Return the preferred and the enabled factors. Three operations must return the same, without empty members."""
    shown = await wire.call("GetUser", **access)
    names = ("PreferredMfaSetting", "UserMFASettingList")
    for other in (
        await wire.call("GetUserAuthFactors", **access),
        await wire.admin("AdminGetUser", Username=shown["Username"]),
    ):
        assert [shown.get(name) for name in names] == [other.get(name) for name in names]
    assert None not in shown.values() and [] not in shown.values()
    return shown.get("PreferredMfaSetting"), shown.get("UserMFASettingList")


async def test_preferences_are_set_changed_and_removed() -> None:
    wire, access = await signed_in(email="f@example.com", phone_number="+15550100")
    assert await mfa_of(wire, access) == (None, None)
    steps: list[tuple[dict[str, Any], tuple[Any, Any]]] = [
        ({"SMSMfaSettings": ON}, (None, ["SMS_MFA"])),
        ({"EmailMfaSettings": FIRST}, ("EMAIL_OTP", ["SMS_MFA", "EMAIL_OTP"])),
        ({"EmailMfaSettings": ON}, ("EMAIL_OTP", ["SMS_MFA", "EMAIL_OTP"])),
        ({"SMSMfaSettings": {"PreferredMfa": True}}, ("SMS_MFA", ["EMAIL_OTP", "SMS_MFA"])),
        ({"SMSMfaSettings": {"PreferredMfa": False}}, (None, ["EMAIL_OTP", "SMS_MFA"])),
        ({"SMSMfaSettings": OFF, "EmailMfaSettings": FIRST}, ("EMAIL_OTP", ["EMAIL_OTP"])),
        ({"WebAuthnMfaSettings": OFF}, ("EMAIL_OTP", ["EMAIL_OTP"])),
        ({}, ("EMAIL_OTP", ["EMAIL_OTP"])),
        ({"EmailMfaSettings": OFF}, (None, None)),
        ({"EmailMfaSettings": {"PreferredMfa": True}}, ("EMAIL_OTP", ["EMAIL_OTP"])),
    ]
    for wanted, expected in steps:
        assert await wire.call("SetUserMFAPreference", **wanted, **access) == {}
        assert await mfa_of(wire, access) == expected


async def test_contradictory_preferences_are_refused() -> None:
    wire, access = await signed_in(email="f@example.com", phone_number="+15550100")
    for wanted in (
        {"SMSMfaSettings": FIRST, "EmailMfaSettings": FIRST},
        {"SMSMfaSettings": ON, "EmailMfaSettings": {"Enabled": False, "PreferredMfa": True}},
    ):
        assert (await wire.refused("SetUserMFAPreference", **wanted, **access))[0] == INVALID
    assert await mfa_of(wire, access) == (None, None)


async def test_administrator_sets_preferences() -> None:
    wire, access = await signed_in(email="f@example.com")
    await wire.admin("AdminSetUserMFAPreference", Username="alice", EmailMfaSettings=FIRST)
    assert await mfa_of(wire, access) == ("EMAIL_OTP", ["EMAIL_OTP"])
    refused = await wire.admin_refused("AdminSetUserMFAPreference", Username="alice", SMSMfaSettings=ON)
    assert refused[0] == INVALID


async def test_set_user_settings_switches_sms_on_and_off() -> None:
    wire, access = await signed_in(phone_number="+15550100", email="f@example.com")
    by_sms = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    assert await wire.call("SetUserSettings", MFAOptions=by_sms, **access) == {}
    assert await mfa_of(wire, access) == (None, ["SMS_MFA"])
    assert await wire.call("SetUserSettings", MFAOptions=[], **access) == {}
    assert await mfa_of(wire, access) == (None, None)


@pytest.mark.parametrize("option", [{"DeliveryMedium": "EMAIL", "AttributeName": "email"}, {}])
async def test_set_user_settings_accepts_sms_only(option: dict[str, str]) -> None:
    wire, access = await signed_in()
    refused = await wire.refused("SetUserSettings", MFAOptions=[option], **access)
    assert refused == (INVALID, "Only phone_number attribute is currently supported as a MFA option.")


async def test_factor_is_removed_with_its_contact() -> None:
    wire, access = await signed_in(email="f@example.com", phone_number="+15550100")
    await wire.call("SetUserMFAPreference", SMSMfaSettings=FIRST, EmailMfaSettings=ON, **access)
    await wire.call("DeleteUserAttributes", UserAttributeNames=["phone_number"], **access)
    assert await mfa_of(wire, access) == (None, ["EMAIL_OTP"])
    assert (await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD))["ChallengeName"] == "EMAIL_OTP"


async def test_auth_factors_of_a_user_are_listed() -> None:
    wire, access = await signed_in(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP", "SMS_OTP")))
    assert await wire.call("GetUserAuthFactors", **access) == {
        "Username": "alice",
        "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP"],
    }
