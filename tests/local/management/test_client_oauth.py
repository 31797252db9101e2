"""The members of app clients for the OAuth endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import INVALID, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]
URL = "https://shop.example.com/back"
CODE = {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"]}
SERVER = {"Identifier": "orders", "Name": "orders", "Scopes": [{"ScopeName": "read", "ScopeDescription": "see them"}]}


async def of_pool() -> tuple[Manager, str]:
    """Return a pool with a resource server and an identity provider."""
    wire = Manager()
    pool_id = (await wire.new_pool())["Id"]
    await wire.manage("CreateResourceServer", UserPoolId=pool_id, **SERVER)
    google = {"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": {"client_id": "1"}}
    await wire.manage("CreateIdentityProvider", UserPoolId=pool_id, **google)
    return wire, pool_id


async def test_members_for_the_endpoints_are_described_and_reset() -> None:
    wire, pool_id = await of_pool()
    members = {
        **CODE,
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid", "email", "orders/read"],
        "CallbackURLs": [URL, "shop://back"],
        "LogoutURLs": ["https://shop.example.com/bye"],
        "DefaultRedirectURI": URL,
        "SupportedIdentityProviders": ["COGNITO", "Google"],
    }
    made = await wire.new_client(pool_id, **members)
    assert {name: made[name] for name in members} == members
    of = {"UserPoolId": pool_id, "ClientId": made["ClientId"]}
    updated = (await wire.manage("UpdateUserPoolClient", **of))["UserPoolClient"]
    assert {name: updated.get(name) for name in members} == {
        **dict.fromkeys(members),
        "AllowedOAuthFlowsUserPoolClient": False,
    }


async def test_machine_gets_its_own_grant() -> None:
    wire, pool_id = await of_pool()
    machine = {**CODE, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["orders/read"]}
    made = await wire.new_client(pool_id, GenerateSecret=True, **machine)
    assert {name: made[name] for name in machine} == machine


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"AllowedOAuthFlowsUserPoolClient": True}, INVALID, "AllowedOAuthFlows and AllowedOAuthScopes are required"),
        ({**CODE, "DefaultRedirectURI": URL}, INVALID, "must be in the list of CallbackURLs"),
        ({"SupportedIdentityProviders": ["Okta"]}, INVALID, "The provider Okta does not exist for User Pool"),
        ({**CODE, "AllowedOAuthScopes": ["orders/write"]}, "ScopeDoesNotExistException", "orders/write"),
        (
            {**CODE, "AllowedOAuthFlows": ["client_credentials"]},
            "InvalidOAuthFlowException",
            "client does not have a client secret",
        ),
        (
            {**CODE, "AllowedOAuthFlows": ["client_credentials", "code"], "GenerateSecret": True},
            "InvalidOAuthFlowException",
            "along with code flow or implicit flow",
        ),
    ],
)
async def test_members_that_do_not_fit_are_refused(members: dict[str, Any], code: str, words: str) -> None:
    wire, pool_id = await of_pool()
    of = {"UserPoolId": pool_id, "ClientName": "app"}
    refused = await wire.manage_refused("CreateUserPoolClient", **of, **members)
    assert refused[0] == code and words in refused[1]
    assert (await wire.manage("ListUserPoolClients", UserPoolId=pool_id))["UserPoolClients"] == []
