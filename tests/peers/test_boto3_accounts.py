"""boto3 against our served local pools: passwords, attributes, factors and devices of accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cognito_async._local.wire.shapes import SHAPES

from .conftest import CODE
from .running import HERE, AppClient, module
from .test_boto3 import LONGEST_TEST, PASSWORD, WRONG, listed, plain
from .test_boto3_challenges import NEW, PHONE, Account, signed_in
from .test_pycognito_challenges import app_code

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
DELIVERY = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}


@pytest.fixture
def account(administrator: Callable[[AppClient], Any], served_with_all: AppClient, name: str) -> Account:
    account = Account(administrator(served_with_all), served_with_all, name)
    account.sign_up()
    return account


@pytest.fixture
def device_account(administrator: Callable[[AppClient], Any], served_with_devices: AppClient, name: str) -> Account:
    device_account = Account(administrator(served_with_devices), served_with_devices, name)
    device_account.sign_up()
    return device_account


def test_every_local_operation_is_called() -> None:
    calls = "".join(path.read_text("utf-8") for path in (*HERE.glob("test_boto3*.py"), *HERE.glob("management/*.py")))
    called = module("botocore").xform_name
    assert not [operation for operation in SHAPES if f"cognito.{called(operation)}(" not in calls]


def test_forgotten_password_is_reset(account: Account) -> None:
    cognito, refused = account.cognito, account.cognito.exceptions
    with pytest.raises(refused.ExpiredCodeException):
        cognito.confirm_forgot_password(**account.of_client, ConfirmationCode=CODE, Password=NEW)
    assert cognito.forgot_password(**account.of_client)["CodeDeliveryDetails"] == DELIVERY
    with pytest.raises(refused.CodeMismatchException):
        cognito.confirm_forgot_password(**account.of_client, ConfirmationCode="000000", Password=NEW)
    cognito.confirm_forgot_password(**account.of_client, ConfirmationCode=CODE, Password=NEW)
    with pytest.raises(refused.NotAuthorizedException):
        account.sign_in()
    account.sign_in(PASSWORD=NEW)


def test_password_is_changed(account: Account) -> None:
    cognito, refused = account.cognito, account.cognito.exceptions
    token = account.sign_in()["AccessToken"]
    with pytest.raises(refused.NotAuthorizedException, match=r"Incorrect username or password\.$"):
        cognito.change_password(AccessToken=token, PreviousPassword=WRONG, ProposedPassword=NEW)
    with pytest.raises(refused.InvalidPasswordException):
        cognito.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="short")
    cognito.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW)
    account.sign_in(PASSWORD=NEW)


def test_administrator_sets_and_resets_passwords(account: Account) -> None:
    cognito, refused = account.cognito, account.cognito.exceptions
    with pytest.raises(refused.InvalidPasswordException):
        cognito.admin_set_user_password(**account.of_pool, Password="short", Permanent=True)
    cognito.admin_set_user_password(**account.of_pool, Password=NEW, Permanent=True)
    account.sign_in(PASSWORD=NEW)
    cognito.admin_set_user_password(**account.of_pool, Password=PASSWORD, Permanent=False)
    assert account.begin()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    cognito.admin_set_user_password(**account.of_pool, Password=PASSWORD, Permanent=True)
    cognito.admin_reset_user_password(**account.of_pool)
    assert cognito.admin_get_user(**account.of_pool)["UserStatus"] == "RESET_REQUIRED"
    with pytest.raises(refused.PasswordResetRequiredException):
        account.begin()
    cognito.confirm_forgot_password(**account.of_client, ConfirmationCode=CODE, Password=NEW)
    account.sign_in(PASSWORD=NEW)


def test_attributes_change_and_an_address_is_verified(account: Account) -> None:
    cognito, refused = account.cognito, account.cognito.exceptions
    token = {"AccessToken": account.sign_in()["AccessToken"]}
    changed = cognito.update_user_attributes(**token, UserAttributes=listed(email="new@example.com", given_name="Al"))
    assert changed["CodeDeliveryDetailsList"] == [{**DELIVERY, "Destination": "n***@e***"}]
    assert cognito.update_user_attributes(**token, UserAttributes=listed(locale="de"))["CodeDeliveryDetailsList"] == []
    assert plain(cognito.get_user(**token)["UserAttributes"])["email_verified"] == "false"
    sent = cognito.get_user_attribute_verification_code(**token, AttributeName="email")
    assert sent["CodeDeliveryDetails"] == {**DELIVERY, "Destination": "n***@e***"}
    with pytest.raises(refused.CodeMismatchException):
        cognito.verify_user_attribute(**token, AttributeName="email", Code="000000")
    cognito.verify_user_attribute(**token, AttributeName="email", Code=CODE)
    with pytest.raises(refused.InvalidParameterException):
        cognito.get_user_attribute_verification_code(**token, AttributeName="email")
    cognito.delete_user_attributes(**token, UserAttributeNames=["given_name"])
    with pytest.raises(refused.InvalidParameterException):
        cognito.delete_user_attributes(**token, UserAttributeNames=["custom:unknown"])
    by_administrator = listed(phone_number=PHONE, phone_number_verified="true", locale="")
    cognito.admin_update_user_attributes(**account.of_pool, UserAttributes=by_administrator)
    attributes = plain(cognito.get_user(**token)["UserAttributes"])
    assert attributes.pop("sub")
    assert attributes == {
        "email": "new@example.com",
        "email_verified": "true",
        "phone_number": PHONE,
        "phone_number_verified": "true",
    }


def test_factors_are_set_up_enabled_and_listed(account: Account) -> None:
    cognito, refused = account.cognito, account.cognito.exceptions
    token = {"AccessToken": account.sign_in()["AccessToken"]}
    shown = cognito.get_user_auth_factors(**token)
    assert (shown["Username"], shown["ConfiguredUserAuthFactors"]) == (account.name, ["PASSWORD", "EMAIL_OTP"])
    preferred, on, off = {"Enabled": True, "PreferredMfa": True}, {"Enabled": True}, {"Enabled": False}
    with pytest.raises(refused.InvalidParameterException, match="delivery config set to turn on SOFTWARE_TOKEN_MFA"):
        cognito.set_user_mfa_preference(**token, SoftwareTokenMfaSettings=preferred)
    secret = cognito.associate_software_token(**token)["SecretCode"]
    with pytest.raises(refused.EnableSoftwareTokenMFAException, match="Code mismatch"):
        cognito.verify_software_token(**token, UserCode="000000")
    verified = cognito.verify_software_token(**token, UserCode=app_code(secret), FriendlyDeviceName="my phone")
    assert verified["Status"] == "SUCCESS" and "UserMFASettingList" not in cognito.get_user(**token)
    cognito.set_user_mfa_preference(**token, SoftwareTokenMfaSettings=preferred, EmailMfaSettings=on)
    for shown in (
        cognito.get_user(**token),
        cognito.get_user_auth_factors(**token),
        cognito.admin_get_user(**account.of_pool),
    ):
        assert shown["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
        assert sorted(shown["UserMFASettingList"]) == ["EMAIL_OTP", "SOFTWARE_TOKEN_MFA"]
    asked = account.begin()
    assert asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "my phone"
    signed_in(account.answer(asked, SOFTWARE_TOKEN_MFA_CODE=app_code(secret, 1)))
    cognito.admin_set_user_mfa_preference(**account.of_pool, SoftwareTokenMfaSettings=off, EmailMfaSettings=off)
    account.sign_in()


def test_sms_is_enabled_by_the_older_operation(account: Account) -> None:
    cognito, token = account.cognito, {"AccessToken": account.sign_in()["AccessToken"]}
    cognito.update_user_attributes(**token, UserAttributes=listed(phone_number=PHONE))
    cognito.set_user_settings(**token, MFAOptions=[{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}])
    asked = account.begin()
    assert asked["ChallengeName"] == "SMS_MFA"
    assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "+*******0100"
    signed_in(account.answer(asked, SMS_MFA_CODE=CODE))
    cognito.set_user_settings(**token, MFAOptions=[])
    account.sign_in()


def confirmed(account: Account) -> tuple[Any, str, dict[str, str]]:
    """Sign in on a new device, confirm the device, and return the tokens, the device's key and its credentials."""
    tokens = account.sign_in()
    key, group_key = (tokens["NewDeviceMetadata"][each] for each in ("DeviceKey", "DeviceGroupKey"))
    password, verifier = module("pycognito.aws_srp").generate_hash_device(group_key, key)
    reply = account.cognito.confirm_device(
        AccessToken=tokens["AccessToken"], DeviceKey=key, DeviceName="phone", DeviceSecretVerifierConfig=verifier
    )
    assert reply["UserConfirmationNecessary"] is False
    return tokens, key, {"device_key": key, "device_group_key": group_key, "device_password": password}


def test_device_proves_itself_and_its_session_is_refreshed(device_account: Account) -> None:
    _, key, device = confirmed(device_account)
    cognito, proof = device_account.cognito, device_account.proof(**device)
    asked = device_account.begin(DEVICE_KEY=key)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    asked = device_account.answer(asked, DEVICE_KEY=key, SRP_A=proof.get_auth_params()["SRP_A"])
    assert asked["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    right = proof.process_device_challenge(asked["ChallengeParameters"])
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match=r"Incorrect username or password\.$"):
        device_account.answer(asked, **{**right, "PASSWORD_CLAIM_SIGNATURE": "AAAA"})
    tokens = signed_in(device_account.answer(asked, **right))
    refresh = {"ClientId": device_account.client.client_id, "RefreshToken": tokens["RefreshToken"]}
    assert cognito.get_tokens_from_refresh_token(**refresh, DeviceKey=key)["AuthenticationResult"]["AccessToken"]
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match=r"Invalid Refresh Token\.$"):
        cognito.get_tokens_from_refresh_token(**refresh)


def test_devices_are_listed_and_forgotten(device_account: Account) -> None:
    cognito, refused = device_account.cognito, device_account.cognito.exceptions
    tokens, key, _ = confirmed(device_account)
    _, other, _ = confirmed(device_account)
    token = {"AccessToken": tokens["AccessToken"]}
    device = cognito.get_device(**token, DeviceKey=key)["Device"]
    assert device["DeviceKey"] == key and plain(device["DeviceAttributes"])["device_name"] == "phone"
    times = ("DeviceCreateDate", "DeviceLastModifiedDate", "DeviceLastAuthenticatedDate")
    assert all(abs(device[each] - datetime.now(timezone.utc)) < LONGEST_TEST for each in times)
    first = cognito.list_devices(**token, Limit=1)
    second = cognito.list_devices(**token, Limit=1, PaginationToken=first["PaginationToken"])
    assert [each["DeviceKey"] for page in (first, second) for each in page["Devices"]] == [key, other]
    assert "PaginationToken" not in second
    cognito.update_device_status(**token, DeviceKey=key, DeviceRememberedStatus="not_remembered")
    assert cognito.get_device(**token, DeviceKey=key)["Device"]["DeviceLastModifiedDate"] >= device[times[1]]
    cognito.forget_device(**token, DeviceKey=key)
    with pytest.raises(refused.ResourceNotFoundException, match=r"Device does not exist\.$"):
        cognito.get_device(**token, DeviceKey=key)
    assert [each["DeviceKey"] for each in cognito.list_devices(**token)["Devices"]] == [other]
