"""boto3 as the owner of user pools: pools, app clients, domains, resource servers, identity providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..running import AppClient
from ..test_boto3 import PASSWORD, listed, plain, sign_in

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
ROLE = "arn:aws:iam::123456789012:role/sms"
CALLBACK = "https://shop.example.com/back"


@pytest.fixture
def cognito(administrator: Callable[[AppClient], Any], served: AppClient) -> Any:
    return administrator(served)


@pytest.fixture
def pool(cognito: Any, name: str) -> Any:
    return cognito.create_user_pool(PoolName=name)["UserPool"]


def test_pool_from_creation_to_deletion(cognito: Any, served: AppClient, name: str) -> None:
    refused = cognito.exceptions
    made = cognito.create_user_pool(
        PoolName=name,
        AutoVerifiedAttributes=["email"],
        DeletionProtection="ACTIVE",
        Schema=[{"Name": "team", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "5"}}],
        UserPoolTags={"team": "shop"},
    )["UserPool"]
    pool: dict[str, Any] = {"UserPoolId": made["Id"]}
    assert cognito.describe_user_pool(**pool)["UserPool"] == made
    level = {"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MaxValue": "9"}}
    cognito.add_custom_attributes(**pool, CustomAttributes=[level])
    names = [each["Name"] for each in cognito.describe_user_pool(**pool)["UserPool"]["SchemaAttributes"]]
    assert names[-2:] == ["custom:team", "custom:level"]
    with pytest.raises(refused.InvalidParameterException, match="deletion protection is activated"):
        cognito.delete_user_pool(**pool)

    client = cognito.create_user_pool_client(**pool, ClientName="app")["UserPoolClient"]
    user = {**pool, "Username": name}
    cognito.admin_create_user(**user, MessageAction="SUPPRESS", UserAttributes=listed(email="alice@example.com"))
    cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    app = AppClient(served.endpoint, made["Id"], client["ClientId"])
    access = sign_in(cognito, app, name)["AccessToken"]
    assert plain(cognito.get_user(AccessToken=access)["UserAttributes"])["email"] == "alice@example.com"

    cognito.update_user_pool(**pool, PoolName="store", AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    changed = cognito.describe_user_pool(**pool)["UserPool"]
    assert (changed["Name"], changed["DeletionProtection"]) == ("store", "INACTIVE")
    assert "AutoVerifiedAttributes" not in changed
    with pytest.raises(refused.NotAuthorizedException):
        cognito.sign_up(ClientId=client["ClientId"], Username=f"{name}-2", Password=PASSWORD)
    pages = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
    assert made["Id"] in [each["Id"] for page in pages for each in page["UserPools"]]
    assert made["Id"] in [each["Id"] for each in cognito.list_user_pools(MaxResults=60)["UserPools"]]
    cognito.delete_user_pool(**pool)
    with pytest.raises(refused.ResourceNotFoundException, match=f"User pool {made['Id']} does not exist"):
        cognito.describe_user_pool(**pool)
    with pytest.raises(refused.NotAuthorizedException):
        cognito.get_user(AccessToken=access)


def test_client_from_creation_to_deletion(cognito: Any, pool: Any) -> None:
    of_pool, refused = {"UserPoolId": pool["Id"]}, cognito.exceptions
    made = cognito.create_user_pool_client(
        **of_pool,
        ClientName="app",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
        AccessTokenValidity=10,
        TokenValidityUnits={"AccessToken": "minutes"},
    )["UserPoolClient"]
    client = {**of_pool, "ClientId": made["ClientId"]}
    assert cognito.describe_user_pool_client(**client)["UserPoolClient"] == made
    changed = cognito.update_user_pool_client(**client, ClientName="shop")["UserPoolClient"]
    assert (changed["ClientName"], changed["ClientSecret"]) == ("shop", made["ClientSecret"])
    assert "CallbackURLs" not in changed
    [listed_client] = cognito.list_user_pool_clients(**of_pool)["UserPoolClients"]
    assert listed_client == {**client, "ClientName": "shop"}
    with pytest.raises(refused.ScopeDoesNotExistException):
        cognito.update_user_pool_client(**client, AllowedOAuthScopes=["orders/read"])
    cognito.delete_user_pool_client(**client)
    with pytest.raises(refused.ResourceNotFoundException):
        cognito.describe_user_pool_client(**client)


def test_second_factors_of_a_pool(cognito: Any, pool: Any) -> None:
    of_pool = {"UserPoolId": pool["Id"]}
    settings = {
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
        "SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": ROLE}},
        "EmailMfaConfiguration": {"Subject": "A code"},
    }
    for reply in (
        cognito.set_user_pool_mfa_config(**of_pool, **settings),
        cognito.get_user_pool_mfa_config(**of_pool),
    ):
        assert {name: reply[name] for name in settings} == settings


def test_domain_from_creation_to_deletion(cognito: Any, pool: Any, name: str) -> None:
    domain, refused = {"UserPoolId": pool["Id"], "Domain": name}, cognito.exceptions
    cognito.create_user_pool_domain(**domain)
    assert cognito.describe_user_pool_domain(Domain=name)["DomainDescription"]["UserPoolId"] == pool["Id"]
    assert cognito.update_user_pool_domain(**domain, ManagedLoginVersion=2)["ManagedLoginVersion"] == 2
    with pytest.raises(refused.InvalidParameterException, match="It has a domain configured"):
        cognito.delete_user_pool(UserPoolId=pool["Id"])
    cognito.delete_user_pool_domain(**domain)
    assert cognito.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}


def test_resource_server_from_creation_to_deletion(cognito: Any, pool: Any) -> None:
    server = {"UserPoolId": pool["Id"], "Identifier": "orders"}
    scopes = [{"ScopeName": "read", "ScopeDescription": "see orders"}]
    made = cognito.create_resource_server(**server, Name="orders", Scopes=scopes)["ResourceServer"]
    assert cognito.describe_resource_server(**server)["ResourceServer"] == made
    changed = cognito.update_resource_server(**server, Name="all orders")["ResourceServer"]
    assert cognito.list_resource_servers(UserPoolId=pool["Id"])["ResourceServers"] == [changed]
    cognito.delete_resource_server(**server)
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.describe_resource_server(**server)


def test_identity_provider_from_creation_to_deletion(cognito: Any, pool: Any) -> None:
    of_pool = {"UserPoolId": pool["Id"]}
    provider = {**of_pool, "ProviderName": "Google"}
    details = {"ProviderDetails": {"client_id": "1", "client_secret": "2", "authorize_scopes": "openid"}}
    made = cognito.create_identity_provider(
        **provider, **details, ProviderType="Google", IdpIdentifiers=["example.com"]
    )["IdentityProvider"]
    assert cognito.describe_identity_provider(**provider)["IdentityProvider"] == made
    found = cognito.get_identity_provider_by_identifier(**of_pool, IdpIdentifier="example.com")
    assert found["IdentityProvider"] == made
    mapping = {"AttributeMapping": {"email": "email"}}
    assert cognito.update_identity_provider(**provider, **mapping)["IdentityProvider"].items() > mapping.items()
    [listed_provider] = cognito.list_identity_providers(**of_pool)["Providers"]
    assert listed_provider["ProviderName"] == "Google"
    cognito.delete_identity_provider(**provider)
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.describe_identity_provider(**provider)


def test_tags_of_a_pool(cognito: Any, pool: Any) -> None:
    arn = {"ResourceArn": pool["Arn"]}
    cognito.tag_resource(**arn, Tags={"team": "shop", "stage": "test"})
    cognito.untag_resource(**arn, TagKeys=["team"])
    assert cognito.list_tags_for_resource(**arn)["Tags"] == {"stage": "test"}
