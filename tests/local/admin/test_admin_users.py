"""Administrators' operations on users: disable them, end their sessions, delete attributes and factors."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, Wire, answer, attributes_of, refusal, totp

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NO_USER = ("UserNotFoundException", "User does not exist.")
INVALID = "InvalidParameterException"
DISABLED = refusal("User is disabled.")
REVOKED = refusal("Access Token has been revoked")
WITH_MFA = PoolSettings(mfa="OPTIONAL")


async def shown(wire: Wire, name: str = "alice") -> Any:
    return await wire.admin("AdminGetUser", Username=name)


async def test_disabled_user_is_refused_and_old_sessions_stay_ended() -> None:
    wire = Wire()
    user = await wire.signed_up()
    tokens = await wire.tokens()
    wire.clock.advance(10)
    assert await wire.admin("AdminDisableUser", Username=user.sub) == {}
    known = await shown(wire)
    assert known["Enabled"] is False and known["UserLastModifiedDate"] == wire.clock.now().timestamp()
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == DISABLED
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == DISABLED
    assert await wire.admin("AdminEnableUser", Username="alice") == {}
    assert (await shown(wire))["Enabled"] is True
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == REVOKED
    assert await wire.initiate_refused("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"]) == refusal(
        "Refresh Token has been revoked"
    )
    assert await wire.tokens()


async def test_pending_sign_in_of_a_disabled_user_ends() -> None:
    wire = Wire()
    await wire.admin("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    await wire.admin("AdminDisableUser", Username="alice")
    responses = {"USERNAME": "alice", "NEW_PASSWORD": "An0ther-one!"}
    challenge = {"ChallengeName": asked["ChallengeName"], "Session": asked["Session"]}
    assert await wire.refused("RespondToAuthChallenge", ChallengeResponses=responses, **challenge) == DISABLED


async def test_all_sessions_of_one_user_are_signed_out() -> None:
    wire = Wire()
    await wire.signed_up()
    await wire.signed_up("bob")
    first, second, other = await wire.tokens(), await wire.tokens(), await wire.tokens("bob")
    assert await wire.admin("AdminUserGlobalSignOut", Username="alice") == {}
    for tokens in (first, second):
        assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == REVOKED
    assert (await wire.call("GetUser", AccessToken=other["AccessToken"]))["Username"] == "bob"
    assert await wire.admin("AdminUserGlobalSignOut", Username="alice") == {}
    assert await wire.tokens()


async def test_administrator_deletes_attributes() -> None:
    wire = Wire(PoolSettings(required_attributes=("name",)))
    await wire.signed_up("alice", PASSWORD, email="f@example.com", name="Al", locale="de")
    for names in (["locale", "name"], ["sub"], ["locale", "shoe"]):
        refused = await wire.admin_refused("AdminDeleteUserAttributes", Username="alice", UserAttributeNames=names)
        assert refused[0] == INVALID
    await wire.admin("AdminDeleteUserAttributes", Username="alice", UserAttributeNames=["email", "locale", "zoneinfo"])
    assert attributes_of((await shown(wire))["UserAttributes"]).keys() == {"sub", "name"}


async def with_app(wire: Wire) -> str:
    """Make a user whose second factor is an authenticator app. Return the app's secret."""
    await wire.signed_up("alice", PASSWORD, email="f@example.com", phone_number="+15550100")
    access = {"AccessToken": (await wire.tokens())["AccessToken"]}
    secret: str = (await wire.call("AssociateSoftwareToken", **access))["SecretCode"]
    await wire.call("VerifySoftwareToken", UserCode=totp(secret, wire.clock.now()), **access)
    first = {"Enabled": True, "PreferredMfa": True}
    factors = {"SoftwareTokenMfaSettings": first, "EmailMfaSettings": {"Enabled": True}}
    await wire.admin("AdminSetUserMFAPreference", Username="alice", **factors)
    return secret


async def test_lost_app_is_deleted_and_replaced() -> None:
    wire = Wire(WITH_MFA)
    secret = await with_app(wire)
    open_one = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert open_one["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert await wire.admin("AdminDeleteSoftwareToken", Username="alice") == {}
    known = await shown(wire)
    assert known["UserMFASettingList"] == ["EMAIL_OTP"] and "PreferredMfaSetting" not in known
    responses = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": totp(secret, wire.clock.now(), 1)}
    challenge = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": open_one["Session"]}
    refused = await wire.refused("RespondToAuthChallenge", ChallengeResponses=responses, **challenge)
    assert refused[0] == "SoftwareTokenMFANotFoundException"
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    tokens = (await answer(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code))["AuthenticationResult"]
    access = {"AccessToken": tokens["AccessToken"]}
    new = (await wire.call("AssociateSoftwareToken", **access))["SecretCode"]
    # An app that is being set up is deleted too.
    assert await wire.admin("AdminDeleteSoftwareToken", Username="alice") == {}
    code = totp(new, wire.clock.now())
    assert (await wire.refused("VerifySoftwareToken", UserCode=code, **access))[0] == "EnableSoftwareTokenMFAException"


async def test_deleting_the_app_of_an_unconfirmed_user_is_refused() -> None:
    wire = Wire()
    await wire.call("SignUp", Username="alice", Password=PASSWORD)
    refused = await wire.admin_refused("AdminDeleteSoftwareToken", Username="alice")
    assert refused == ("UserNotConfirmedException", "User is not confirmed.")


async def test_admin_set_user_settings_switches_sms_on() -> None:
    wire = Wire(WITH_MFA)
    await wire.signed_up("alice", PASSWORD, email="f@example.com", phone_number="+15550100")
    by_sms = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    assert await wire.admin("AdminSetUserSettings", Username="alice", MFAOptions=by_sms) == {}
    assert (await shown(wire))["UserMFASettingList"] == ["SMS_MFA"]
    assert await wire.admin("AdminSetUserSettings", Username="alice", MFAOptions=[]) == {}
    assert "UserMFASettingList" not in await shown(wire)


async def test_administrator_sees_the_factors_of_a_user() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL", first_factors=("PASSWORD", "EMAIL_OTP")))
    await wire.signed_up()
    assert await wire.admin("AdminGetUserAuthFactors", Username="alice") == {
        "Username": "alice",
        "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP"],
    }
    email = {"Enabled": True, "PreferredMfa": True}
    await wire.admin("AdminSetUserMFAPreference", Username="alice", EmailMfaSettings=email)
    assert await wire.admin("AdminGetUserAuthFactors", Username="alice") == {
        "Username": "alice",
        "ConfiguredUserAuthFactors": ["PASSWORD"],
        "PreferredMfaSetting": "EMAIL_OTP",
        "UserMFASettingList": ["EMAIL_OTP"],
    }


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("AdminEnableUser", {}),
        ("AdminDisableUser", {}),
        ("AdminUserGlobalSignOut", {}),
        ("AdminDeleteUserAttributes", {"UserAttributeNames": ["email"]}),
        ("AdminSetUserSettings", {"MFAOptions": []}),
        ("AdminGetUserAuthFactors", {}),
        ("AdminDeleteSoftwareToken", {}),
        ("AdminForgetDevice", {"DeviceKey": "us-east-1_a"}),
        ("AdminUpdateDeviceStatus", {"DeviceKey": "us-east-1_a"}),
        ("AdminListGroupsForUser", {}),
        ("AdminAddUserToGroup", {"GroupName": "red"}),
        ("AdminRemoveUserFromGroup", {"GroupName": "red"}),
    ],
)
async def test_unknown_user_and_unsigned_call_are_refused(operation: str, more: dict[str, Any]) -> None:
    wire = Wire()
    assert await wire.admin_refused(operation, Username="nobody", **more) == NO_USER
    unsigned = await wire.post(operation, {"UserPoolId": wire.pool.id, "Username": "nobody", **more})
    assert unsigned.json()["__type"] == "MissingAuthenticationTokenException"
