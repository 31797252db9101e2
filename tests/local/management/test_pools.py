"""User pools that calls create, describe, list and delete."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, Wire, claims, listed
from .helpers import ALL_FLOWS, INVALID, NO_POOL, NOW, SMS, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def test_pool_made_by_a_call_has_the_services_defaults() -> None:
    wire = Manager()
    made = await wire.new_pool()
    pool_id = made["Id"]
    assert re.fullmatch(r"us-east-1_[A-Za-z0-9]{9}", pool_id)
    assert made.pop("SchemaAttributes")
    assert made == {
        "Id": pool_id,
        "Name": "shop",
        "Arn": f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{pool_id}",
        **NOW,
        "EstimatedNumberOfUsers": 0,
        "MfaConfiguration": "OFF",
        "DeletionProtection": "INACTIVE",
        "UserPoolTier": "ESSENTIALS",
        "UserPoolTags": {},
        "LambdaConfig": {},
        "UsernameConfiguration": {"CaseSensitive": True},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireUppercase": True,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": True,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
    }


ALL: dict[str, Any] = {
    "PoolName": "everything",
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 12,
            "RequireUppercase": False,
            "RequireLowercase": False,
            "RequireNumbers": False,
            "RequireSymbols": False,
            "PasswordHistorySize": 3,
            "TemporaryPasswordValidityDays": 2,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
    },
    "DeletionProtection": "ACTIVE",
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "UsernameAttributes": ["email"],
    "SmsVerificationMessage": "Your code: {####}",
    "EmailVerificationMessage": "Dein Code: {####}, für dich",
    "EmailVerificationSubject": "A code",
    "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        "SmsMessage": "Code: {####}",
        "EmailMessage": "Code: {####}",
        "EmailSubject": "A code",
        "EmailMessageByLink": "{##Click\nhere##}",
    },
    "SmsAuthenticationMessage": "Code: {####}",
    "MfaConfiguration": "OPTIONAL",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
    "EmailConfiguration": {"ReplyToEmailAddress": "shop@example.com", "EmailSendingAccount": "COGNITO_DEFAULT"},
    "SmsConfiguration": {**SMS, "ExternalId": "shop"},
    "UserPoolTags": {"team": "shop"},
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True,
        "UnusedAccountValidityDays": 2,
        "InviteMessageTemplate": {"EmailMessage": "Welcome {username}: {####}"},
    },
    "UsernameConfiguration": {"CaseSensitive": False},
    "AccountRecoverySetting": {
        "RecoveryMechanisms": [
            {"Priority": 1, "Name": "verified_phone_number"},
            {"Priority": 2, "Name": "verified_email"},
        ]
    },
    "UserPoolTier": "PLUS",
    "UserPoolAddOns": {"AdvancedSecurityMode": "OFF"},
    "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
    "IssuerConfiguration": {"Type": "ORIGINAL"},
}


async def test_description_repeats_what_the_request_has_set() -> None:
    wire = Manager()
    made = await wire.new_pool(**ALL)
    described = await wire.described(made["Id"])
    assert described == made
    expected = {**ALL, "Name": ALL["PoolName"]}
    del expected["PoolName"]
    assert {name: described[name] for name in expected} == expected


async def test_later_mechanism_with_a_lower_priority_is_the_preferred_one() -> None:
    mechanisms = [{"Priority": 2, "Name": "verified_email"}, {"Priority": 1, "Name": "verified_phone_number"}]
    made = await Manager().new_pool(AccountRecoverySetting={"RecoveryMechanisms": mechanisms})
    assert made["AccountRecoverySetting"]["RecoveryMechanisms"] == mechanisms[::-1]


async def test_settings_from_calls_have_their_effects() -> None:
    wire = Manager()
    policy = {"PasswordPolicy": {"MinimumLength": 12}}
    pool_id = (await wire.new_pool(Policies=policy, AutoVerifiedAttributes=["email"]))["Id"]
    client_id = (await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS))["ClientId"]
    alice = {"ClientId": client_id, "Username": "alice", "UserAttributes": listed({"email": "f@example.com"})}
    assert (await wire.refused("SignUp", **alice, Password=PASSWORD))[0] == "InvalidPasswordException"
    assert await wire.call("SignUp", **alice, Password=f"{PASSWORD}longer")
    # Usernames of a pool that a call has made are case-sensitive by default.
    assert await wire.call("SignUp", **{**alice, "Username": "Alice"}, Password=f"{PASSWORD}longer")
    assert (await wire.described(pool_id))["EstimatedNumberOfUsers"] == 2


async def test_older_limit_of_temporary_passwords_counts_without_the_newer_one() -> None:
    wire = Manager()
    older = await wire.new_pool(AdminCreateUserConfig={"UnusedAccountValidityDays": 3})
    assert older["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 3
    policy = {"PasswordPolicy": {"TemporaryPasswordValidityDays": 5}}
    newer = await wire.new_pool(AdminCreateUserConfig={"UnusedAccountValidityDays": 3}, Policies=policy)
    assert newer["AdminCreateUserConfig"]["UnusedAccountValidityDays"] == 5


async def test_pool_is_in_the_region_for_which_the_call_is_signed() -> None:
    wire = Manager()
    frankfurt = {"region": "eu-central-1"}
    assert await wire.manage("ListUserPools", **frankfurt, MaxResults=5) == {"UserPools": []}
    made = (await wire.manage("CreateUserPool", **frankfurt, PoolName="shop"))["UserPool"]
    assert made["Id"].startswith("eu-central-1_")
    assert await wire.manage("ListUserPools", **frankfurt, MaxResults=5) == {
        "UserPools": [{"Id": made["Id"], "Name": "shop", "LambdaConfig": {}, **NOW}]
    }
    [here] = (await wire.manage("ListUserPools", MaxResults=5))["UserPools"]
    assert here["Id"] == wire.pool.id
    await wire.manage("DeleteUserPool", **frankfurt, UserPoolId=made["Id"])
    gone = "ResourceNotFoundException", f"User pool {made['Id']} does not exist."
    assert await wire.manage_refused("DescribeUserPool", **frankfurt, UserPoolId=made["Id"]) == gone


@pytest.mark.parametrize("region", ["mars", "eu_central_1", "us-east-1a", f"us-{'x' * 40}-1"])
async def test_odd_region_is_refused(region: str) -> None:
    code, message = await Manager().manage_refused("CreateUserPool", region=region, PoolName="shop")
    assert code == "InvalidSignatureException" and "valid region" in message


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eusc-de-east-1", "aws-eusc"), ("us-west-2", "aws")],
)
async def test_arn_names_the_partition_of_the_region(region: str, partition: str) -> None:
    made = await Manager().manage("CreateUserPool", region=region, PoolName="shop")
    assert made["UserPool"]["Arn"].startswith(f"arn:{partition}:cognito-idp:{region}:")


async def test_pools_are_listed_in_pages() -> None:
    wire = Manager()
    names = {wire.pool.name, *(f"shop-{number}" for number in range(4))}
    for name in sorted(names - {wire.pool.name}):
        await wire.new_pool(PoolName=name)
    pages = await wire.pages("ListUserPools", "UserPools", "Name", MaxResults=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {name for page in pages for name in page} == names


async def test_deleted_pool_and_its_tokens_are_refused() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool())["Id"]
    client_id = (await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS))["ClientId"]
    await wire.new_user(pool_id)
    tokens = await wire.tokens_of(client_id)
    assert await wire.call("GetUser", AccessToken=tokens["AccessToken"])
    await wire.manage("DeleteUserPool", UserPoolId=pool_id)
    assert (await wire.refused("GetUser", AccessToken=tokens["AccessToken"]))[0] == "NotAuthorizedException"
    refresh = {"ClientId": client_id, "RefreshToken": tokens["RefreshToken"]}
    no_client = ("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    assert await wire.refused("GetTokensFromRefreshToken", **refresh) == no_client
    assert (await wire.manage_refused("DeleteUserPool", UserPoolId=pool_id))[0] == "ResourceNotFoundException"
    assert (await wire.http.get(f"/{pool_id}/.well-known/jwks.json")).status_code == 404


async def test_protected_pool_is_not_deleted() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool(DeletionProtection="ACTIVE"))["Id"]
    message = (
        "The user pool cannot be deleted because deletion protection is activated. "
        "Deletion protection must be inactivated first."
    )
    assert await wire.manage_refused("DeleteUserPool", UserPoolId=pool_id) == (INVALID, message)
    await wire.manage("UpdateUserPool", UserPoolId=pool_id, DeletionProtection="INACTIVE")
    await wire.manage("DeleteUserPool", UserPoolId=pool_id)


@pytest.mark.parametrize("operation", ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool", "GetUserPoolMfaConfig"])
async def test_unknown_pool_is_refused(operation: str) -> None:
    assert await Manager().manage_refused(operation, UserPoolId="us-east-1_Unknown") == NO_POOL


async def test_new_pool_shares_what_no_call_can_set_with_the_pool_of_the_program() -> None:
    """Otherwise, another process could neither find the keys of the new pool, nor know its codes."""
    wire = Manager(PoolSettings(issuer_endpoint="http://127.0.0.1:9229", fixed_code="123456"))
    pool_id = (await wire.new_pool(AutoVerifiedAttributes=["email"]))["Id"]
    client_id = (await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS))["ClientId"]
    alice = {"ClientId": client_id, "Username": "alice"}
    await wire.call("SignUp", **alice, Password=PASSWORD, UserAttributes=listed({"email": "f@example.com"}))
    await wire.call("ConfirmSignUp", **alice, ConfirmationCode="123456")
    access = (await wire.tokens_of(client_id))["AccessToken"]
    assert claims(access)[1]["iss"] == f"http://127.0.0.1:9229/{pool_id}"


async def function(event: dict[str, Any]) -> None:
    """Do nothing: the tests only describe this trigger."""


async def test_pool_of_a_program_is_described_too() -> None:
    settings = PoolSettings(
        mfa="ON",
        mfa_methods=("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
        device_tracking="ALWAYS",
        required_attributes=("email",),
        triggers=Triggers(pre_token_generation=function),
        pre_token_generation_version="V2_0",
    )
    wire = Manager(settings)
    described = await wire.described(wire.pool.id)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:local-pool-pre_token_generation"
    assert described["LambdaConfig"] == {
        "PreTokenGeneration": arn,
        "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": arn},
    }
    devices = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
    assert described["DeviceConfiguration"] == devices
    assert described["SmsConfiguration"] == {"SnsCallerArn": "arn:aws:iam::123456789012:role/local-pool"}
    assert {each["Name"] for each in described["SchemaAttributes"] if each["Required"]} == {"sub", "email"}
    assert "AccountRecoverySetting" not in described


async def test_description_of_a_programs_pool_can_be_sent_back_as_an_update() -> None:
    wire = Manager(PoolSettings(auto_verified=("phone_number",)))
    before = await wire.described(wire.pool.id)
    names = ("AutoVerifiedAttributes", "SmsConfiguration", "Policies", "MfaConfiguration", "AdminCreateUserConfig")
    await wire.manage("UpdateUserPool", UserPoolId=wire.pool.id, **{name: before[name] for name in names})
    assert await wire.described(wire.pool.id) == before


async def test_management_needs_a_signature() -> None:
    wire: Wire = Manager()
    assert (await wire.refused("CreateUserPool", PoolName="shop"))[0] == "MissingAuthenticationTokenException"
