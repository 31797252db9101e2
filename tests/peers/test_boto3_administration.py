"""boto3 as an administrator of our served local pools: users, groups, sign-ins, devices, linked providers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient
from .test_boto3 import PASSWORD, WRONG, listed, plain
from .test_boto3_accounts import confirmed
from .test_boto3_challenges import EMAIL, NEW, PHONE, Account, signed_in
from .test_pycognito_challenges import app_code

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
ROLE = "arn:aws:iam::123456789012:role/red"


class ManagedAccount(Account):
    """An account that an administrator signs in."""

    def begin(self, flow: str = "ADMIN_USER_PASSWORD_AUTH", session: str | None = None, **parameters: str) -> Any:
        if flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"):
            parameters.setdefault("PASSWORD", PASSWORD)
        return self.cognito.admin_initiate_auth(
            UserPoolId=self.client.user_pool_id,
            ClientId=self.client.client_id,
            AuthFlow=flow,
            AuthParameters={"USERNAME": self.name, **parameters},
            **({} if session is None else {"Session": session}),
        )

    def answer(self, asked: Any, **responses: str) -> Any:
        return self.cognito.admin_respond_to_auth_challenge(
            UserPoolId=self.client.user_pool_id,
            ClientId=self.client.client_id,
            ChallengeName=asked["ChallengeName"],
            ChallengeResponses={"USERNAME": self.name, **responses},
            **({"Session": asked["Session"]} if "Session" in asked else {}),
        )

    def invite(self, **attributes: str) -> None:
        """Create the account as an administrator, with a permanent password."""
        attributes = {"email": EMAIL, "email_verified": "true", **attributes}
        self.cognito.admin_create_user(
            **self.of_pool, MessageAction="SUPPRESS", TemporaryPassword=WRONG, UserAttributes=listed(**attributes)
        )
        self.cognito.admin_set_user_password(**self.of_pool, Password=PASSWORD, Permanent=True)


@pytest.fixture
def managed(administrator: Callable[[AppClient], Any], served_with_all: AppClient, name: str) -> ManagedAccount:
    return ManagedAccount(administrator(served_with_all), served_with_all, name)


def test_account_from_invitation_to_deletion(managed: ManagedAccount) -> None:
    cognito, refused = managed.cognito, managed.cognito.exceptions
    cognito.admin_create_user(**managed.of_pool, TemporaryPassword=PASSWORD, UserAttributes=listed(email=EMAIL))
    asked = managed.begin()
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with pytest.raises(refused.InvalidPasswordException):
        managed.answer(asked, NEW_PASSWORD="short")
    tokens = signed_in(managed.answer(asked, NEW_PASSWORD=NEW))
    cognito.admin_update_user_attributes(**managed.of_pool, UserAttributes=listed(locale="de", family_name="Smith"))
    cognito.admin_delete_user_attributes(**managed.of_pool, UserAttributeNames=["locale"])
    with pytest.raises(refused.InvalidParameterException):
        cognito.admin_delete_user_attributes(**managed.of_pool, UserAttributeNames=["sub"])
    assert plain(cognito.admin_get_user(**managed.of_pool)["UserAttributes"]).keys() == {"sub", "email", "family_name"}

    cognito.admin_disable_user(**managed.of_pool)
    assert cognito.admin_get_user(**managed.of_pool)["Enabled"] is False
    with pytest.raises(refused.NotAuthorizedException, match=r"User is disabled\.$"):
        managed.begin(PASSWORD=NEW)
    cognito.admin_enable_user(**managed.of_pool)
    with pytest.raises(refused.NotAuthorizedException, match="Access Token has been revoked"):
        cognito.get_user(AccessToken=tokens["AccessToken"])
    tokens = managed.sign_in(PASSWORD=NEW)
    cognito.admin_user_global_sign_out(**managed.of_pool)
    with pytest.raises(refused.NotAuthorizedException, match="Access Token has been revoked"):
        cognito.get_user(AccessToken=tokens["AccessToken"])
    cognito.admin_delete_user(**managed.of_pool)
    for call in (cognito.admin_enable_user, cognito.admin_disable_user, cognito.admin_user_global_sign_out):
        with pytest.raises(refused.UserNotFoundException, match=r"User does not exist\.$"):
            call(**managed.of_pool)


def test_administrator_signs_a_user_in_with_every_flow(managed: ManagedAccount) -> None:
    refused = managed.cognito.exceptions
    managed.invite()
    tokens = managed.sign_in()
    signed_in(managed.begin("ADMIN_NO_SRP_AUTH"))
    renewed = managed.begin("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])["AuthenticationResult"]
    assert renewed.keys() == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}
    proof = managed.proof()
    signed_in(managed.prove(managed.begin("USER_SRP_AUTH", SRP_A=proof.get_auth_params()["SRP_A"]), proof))
    signed_in(managed.answer(managed.answer(managed.begin("CUSTOM_AUTH"), ANSWER="1"), ANSWER="2"))
    sent = managed.begin("USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")
    with pytest.raises(refused.CodeMismatchException):
        managed.answer(sent, EMAIL_OTP_CODE="00000000")
    signed_in(managed.answer(sent, EMAIL_OTP_CODE=CODE))
    with pytest.raises(refused.InvalidParameterException, match="method not supported"):
        managed.begin("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
    with pytest.raises(refused.NotAuthorizedException, match="Incorrect username or password"):
        managed.begin(PASSWORD=WRONG)


def test_factors_are_listed_enabled_and_removed(managed: ManagedAccount) -> None:
    cognito = managed.cognito
    managed.invite(phone_number=PHONE)
    factors = cognito.admin_get_user_auth_factors(**managed.of_pool)
    assert (factors["Username"], factors["ConfiguredUserAuthFactors"]) == (managed.name, ["PASSWORD", "EMAIL_OTP"])
    token = {"AccessToken": managed.sign_in()["AccessToken"]}
    secret = cognito.associate_software_token(**token)["SecretCode"]
    cognito.verify_software_token(**token, UserCode=app_code(secret))
    first = {"Enabled": True, "PreferredMfa": True}
    cognito.admin_set_user_mfa_preference(**managed.of_pool, SoftwareTokenMfaSettings=first)
    assert managed.begin()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    cognito.admin_delete_software_token(**managed.of_pool)
    managed.sign_in()
    by_sms = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    cognito.admin_set_user_settings(**managed.of_pool, MFAOptions=by_sms)
    assert cognito.admin_get_user_auth_factors(**managed.of_pool)["UserMFASettingList"] == ["SMS_MFA"]
    signed_in(managed.answer(managed.begin(), SMS_MFA_CODE=CODE))


def test_groups_and_their_members(managed: ManagedAccount) -> None:
    cognito, refused, name = managed.cognito, managed.cognito.exceptions, managed.name
    pool, group = {"UserPoolId": managed.client.user_pool_id}, {"GroupName": f"{name}-red"}
    managed.invite()
    made = cognito.create_group(**pool, **group, Description="red", RoleArn=ROLE, Precedence=5)["Group"]
    assert (made["GroupName"], made["Precedence"], made["RoleArn"]) == (group["GroupName"], 5, ROLE)
    with pytest.raises(refused.GroupExistsException):
        cognito.create_group(**pool, **group)
    changed = cognito.update_group(**pool, **group, Precedence=6)["Group"]
    assert (changed["Precedence"], changed["Description"]) == (6, "red")
    assert cognito.get_group(**pool, **group)["Group"] == changed
    names = [*(f"{name}-{number}" for number in range(3)), group["GroupName"]]
    for number, other in enumerate(names[:3]):
        cognito.create_group(**pool, GroupName=other, Precedence=number)
    for each in names:
        cognito.admin_add_user_to_group(**managed.of_pool, GroupName=each)
    by_two = {"PaginationConfig": {"PageSize": 2}}
    pages = list(cognito.get_paginator("admin_list_groups_for_user").paginate(**managed.of_pool, **by_two))
    assert [[each["GroupName"] for each in page["Groups"]] for page in pages] == [names[:2], names[2:]]
    assert cognito.admin_list_groups_for_user(**managed.of_pool)["Groups"][-1] == changed
    every = [
        each["GroupName"]
        for page in cognito.get_paginator("list_groups").paginate(**pool, **by_two)
        for each in page["Groups"]
    ]
    assert [each for each in every if each.startswith(name)] == names
    assert len(cognito.list_groups(**pool, Limit=1)["Groups"]) == 1
    [member] = cognito.list_users_in_group(**pool, **group)["Users"]
    assert (member["Username"], plain(member["Attributes"])["email"]) == (name, EMAIL)

    claims = read(managed.sign_in()["IdToken"])
    assert claims["cognito:groups"] == names
    assert (claims["cognito:roles"], claims["cognito:preferred_role"]) == ([ROLE], ROLE)

    cognito.admin_remove_user_from_group(**managed.of_pool, **group)
    assert cognito.list_users_in_group(**pool, **group)["Users"] == []
    cognito.delete_group(**pool, **group)
    for call in (cognito.get_group, cognito.update_group, cognito.delete_group, cognito.list_users_in_group):
        with pytest.raises(refused.ResourceNotFoundException, match=r"Group not found\.$"):
            call(**pool, **group)
    with pytest.raises(refused.ResourceNotFoundException):
        cognito.admin_add_user_to_group(**managed.of_pool, **group)


def read(token: str) -> Any:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_members_are_listed_in_pages_while_users_are_deleted(managed: ManagedAccount) -> None:
    cognito, pool = managed.cognito, {"UserPoolId": managed.client.user_pool_id}
    group = {"GroupName": f"{managed.name}-all"}
    cognito.create_group(**pool, **group)
    names = [f"{managed.name}-{number}" for number in range(5)]
    for each in names:
        cognito.admin_create_user(**pool, Username=each, MessageAction="SUPPRESS")
        cognito.admin_add_user_to_group(**pool, Username=each, **group)
    found = []
    for page in cognito.get_paginator("list_users_in_group").paginate(
        **pool, **group, PaginationConfig={"PageSize": 2}
    ):
        found.append([user["Username"] for user in page["Users"]])
        cognito.admin_delete_user(**pool, Username=found[-1][-1])
    assert found == [names[:2], names[2:4], names[4:]]
    token = cognito.list_users(**pool, Limit=1, Filter=f'username ^= "{managed.name}"')["PaginationToken"]
    with pytest.raises(cognito.exceptions.InvalidParameterException, match="Invalid pagination token given"):
        cognito.list_users(**pool, PaginationToken=token)


def test_accounts_of_other_providers_are_linked(managed: ManagedAccount) -> None:
    cognito, refused = managed.cognito, managed.cognito.exceptions
    pool, subject = {"UserPoolId": managed.client.user_pool_id}, {"ProviderAttributeName": "Cognito_Subject"}
    managed.invite()
    user = {"ProviderName": "Cognito", "ProviderAttributeValue": managed.name, **subject}
    google = {"ProviderName": "Google", "ProviderAttributeValue": f"{managed.name}-1", **subject}
    cognito.admin_link_provider_for_user(**pool, DestinationUser=user, SourceUser=google)
    with pytest.raises(refused.InvalidParameterException, match="SourceUser is already linked to DestinationUser"):
        cognito.admin_link_provider_for_user(**pool, DestinationUser=user, SourceUser=google)
    identities = json.loads(plain(cognito.admin_get_user(**managed.of_pool)["UserAttributes"])["identities"])
    assert [(each["providerName"], each["userId"]) for each in identities] == [("Google", f"{managed.name}-1")]
    cognito.admin_disable_provider_for_user(**pool, User=google)
    assert "identities" not in plain(cognito.admin_get_user(**managed.of_pool)["UserAttributes"])
    with pytest.raises(refused.UserNotFoundException):
        cognito.admin_disable_provider_for_user(**pool, User=google)
    cognito.admin_disable_provider_for_user(**pool, User=user)
    with pytest.raises(refused.NotAuthorizedException, match="Incorrect username or password"):
        managed.begin()


def test_administrator_manages_devices(
    administrator: Callable[[AppClient], Any], served_with_devices: AppClient, name: str
) -> None:
    device_account = ManagedAccount(administrator(served_with_devices), served_with_devices, name)
    cognito, refused = device_account.cognito, device_account.cognito.exceptions
    device_account.invite()
    keys = [confirmed(device_account)[1] for _ in range(3)]
    first = cognito.admin_list_devices(**device_account.of_pool, Limit=2)
    second = cognito.admin_list_devices(**device_account.of_pool, Limit=2, PaginationToken=first["PaginationToken"])
    assert [each["DeviceKey"] for page in (first, second) for each in page["Devices"]] == keys
    one = {**device_account.of_pool, "DeviceKey": keys[0]}
    for status in ("not_remembered", "remembered"):
        cognito.admin_update_device_status(**one, DeviceRememberedStatus=status)
        attributes = plain(cognito.admin_get_device(**one)["Device"]["DeviceAttributes"])
        assert (attributes["device_name"], attributes["dev:device_remembered_status"]) == ("phone", status)
    cognito.admin_forget_device(**one)
    with pytest.raises(refused.ResourceNotFoundException, match=r"Device does not exist\.$"):
        cognito.admin_get_device(**one)
    unknown = {**device_account.of_pool, "Username": f"{name}-2"}
    with pytest.raises(refused.ResourceNotFoundException):
        cognito.admin_list_devices(**unknown)
    with pytest.raises(refused.UserNotFoundException):
        cognito.admin_forget_device(**unknown, DeviceKey=keys[1])
