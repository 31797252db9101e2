"""Every member of a request to create or update is honored, only described, or refused, and tests say which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cognito_async._local.management import client_flows, client_members, oauth, pool_members, validity
from cognito_async._local.wire.shapes import SHAPES
from cognito_async._local.wire.validation import Structure

from .helpers import INVALID, ROLE, Manager

POOL = {
    *(each.path for each in (*pool_members.POOL_SETTINGS, *pool_members.FIXED_SETTINGS)),
    *(each.path for each in pool_members.POLICY_SETTINGS),
    *(each.path for each in pool_members.REFUSED),
    *pool_members.STORED,
    *pool_members.TRANSLATED,
}
CLIENT = {
    *(each.path for each in (*client_members.CLIENT_SETTINGS, *oauth.OAUTH_SETTINGS, *client_members.REFUSED)),
    *client_members.STORED,
    *client_members.TRANSLATED,
    *validity.MEMBERS,
    client_flows.MEMBER,
}
IDS = ("UserPoolId", "ClientId")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:mine"


def leaves(shape: Structure, path: str = "") -> Iterator[str]:
    for name, member in shape.members.items():
        here = f"{path}.{name}".removeprefix(".")
        if isinstance(member, Structure):
            yield from leaves(member, here)
        else:
            yield here


@pytest.mark.parametrize(
    ("operation", "known"),
    [
        ("CreateUserPool", POOL),
        ("UpdateUserPool", POOL),
        ("CreateUserPoolClient", CLIENT),
        ("UpdateUserPoolClient", CLIENT),
    ],
)
def test_every_member_is_in_one_of_the_tables(operation: str, known: set[str]) -> None:
    members = [path for path in leaves(SHAPES[operation]) if path not in IDS]
    assert not [path for path in members if not any(f"{path}.".startswith(f"{each}.") for each in known)]


REFUSED_OF_POOL: list[dict[str, Any]] = [
    {"LambdaConfig": {"PreSignUp": FUNCTION}},
    {"LambdaConfig": {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": FUNCTION}}},
    {"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": FUNCTION}}},
    {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}},
    {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}},
    {"UserPoolTier": "LITE"},
    {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}},
    {"UserPoolAddOns": {"AdvancedSecurityMode": "OFF", "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"}}},
    {"DcrConfiguration": {"EnableStatus": "Enabled"}},
    {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY"}},
    {"KeyConfiguration": {"KmsKeyArn": ROLE}},
    {"IssuerConfiguration": {"Type": "UPDATED"}},
    {"AcrConfiguration": {"Level1": {"AcrValue": "low"}}},
]


@pytest.mark.anyio
@pytest.mark.parametrize("members", REFUSED_OF_POOL)
@pytest.mark.table
async def test_what_a_pool_does_not_honor_is_refused_by_name(members: dict[str, Any]) -> None:
    wire = Manager()
    [name] = members
    for operation in ("CreateUserPool", "UpdateUserPool"):
        named = {"PoolName": "shop"} if operation == "CreateUserPool" else {"UserPoolId": wire.pool.id}
        code, message = await wire.manage_refused(operation, **named, **members)
        assert code == INVALID and message.startswith("The local pool does not have ") and name in message
        assert name != "LambdaConfig" or f"{name}.{next(iter(members[name]))}" in message


@pytest.mark.anyio
@pytest.mark.parametrize(
    "members",
    [
        {"AnalyticsConfiguration": {"ApplicationId": "abc"}},
        {"PublishSecretsInAWSSecretsManager": True},
        {"ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_DELEGATION"]},
    ],
)
async def test_what_a_client_does_not_honor_is_refused_by_name(members: dict[str, Any]) -> None:
    wire = Manager()
    [name] = members
    code, message = await wire.manage_refused(
        "CreateUserPoolClient", UserPoolId=wire.pool.id, ClientName="app", **members
    )
    assert code == INVALID and message.startswith("The local pool does not have ") and name in message


@pytest.mark.anyio
async def test_settings_that_do_not_fit_together_are_refused() -> None:
    both = {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]}
    assert (await Manager().manage_refused("CreateUserPool", PoolName="shop", **both))[0] == INVALID
