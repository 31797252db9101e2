"""App clients that calls create, describe, update, list and delete."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings

from ..helpers import PASSWORD, attributes_of, claims, listed, refusal, secret_hash
from .helpers import ALL_FLOWS, INVALID, NO_POOL, NOW, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]
CUSTOM = {"Name": "code", "AttributeDataType": "String"}


async def of_pool(**members: Any) -> tuple[Manager, str]:
    wire = Manager()
    return wire, (await wire.new_pool(**members))["Id"]


async def described(wire: Manager, pool_id: str, client_id: str) -> Any:
    return (await wire.manage("DescribeUserPoolClient", UserPoolId=pool_id, ClientId=client_id))["UserPoolClient"]


async def test_client_made_by_a_call_has_the_services_defaults() -> None:
    wire, pool_id = await of_pool()
    made = await wire.new_client(pool_id)
    assert re.fullmatch(r"[a-z0-9]{26}", made["ClientId"])
    assert made == {
        "UserPoolId": pool_id,
        "ClientName": "app",
        "ClientId": made["ClientId"],
        **NOW,
        "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": False,
    }
    assert await described(wire, pool_id, made["ClientId"]) == made


ALL: dict[str, Any] = {
    "RefreshTokenValidity": 90,
    "AccessTokenValidity": 10,
    "IdTokenValidity": 20,
    "TokenValidityUnits": {"RefreshToken": "minutes", "AccessToken": "minutes", "IdToken": "hours"},
    "ReadAttributes": ["custom:code", "email"],
    "WriteAttributes": ["custom:code"],
    "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": False,
    "EnablePropagateAdditionalUserContextData": True,
    "AuthSessionValidity": 5,
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
}


async def test_description_repeats_what_the_request_has_set() -> None:
    wire, pool_id = await of_pool(Schema=[CUSTOM])
    made = await wire.new_client(pool_id, **ALL)
    assert await described(wire, pool_id, made["ClientId"]) == made
    assert {name: made[name] for name in ALL} == ALL


async def test_settings_from_calls_have_their_effects() -> None:
    wire, pool_id = await of_pool(Schema=[CUSTOM])
    members = {**ALL, "ReadAttributes": ["email"], "IdTokenValidity": 20}
    client_id = (await wire.new_client(pool_id, **members))["ClientId"]
    await wire.new_user(pool_id)
    address = {"email": "f@example.com", "custom:code": "1"}
    await wire.manage("AdminUpdateUserAttributes", UserPoolId=pool_id, Username="alice", UserAttributes=listed(address))
    tokens = await wire.tokens_of(client_id)
    assert tokens["ExpiresIn"] == 600
    identity = claims(tokens["IdToken"])[1]
    assert identity["exp"] - identity["iat"] == 20 * 3600
    user = await wire.call("GetUser", AccessToken=tokens["AccessToken"])
    assert attributes_of(user["UserAttributes"]).keys() == {"sub", "email"}
    unwritable = {"AccessToken": tokens["AccessToken"], "UserAttributes": listed({"email": "g@example.com"})}
    assert (await wire.refused("UpdateUserAttributes", **unwritable))[0] == "NotAuthorizedException"
    unknown = {"USERNAME": "bob", "PASSWORD": PASSWORD}
    flow = {"ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": unknown}
    assert (await wire.refused("InitiateAuth", **flow))[0] == "NotAuthorizedException"
    refresh = {"ClientId": client_id, "RefreshToken": tokens["RefreshToken"]}
    renewed = (await wire.call("GetTokensFromRefreshToken", **refresh))["AuthenticationResult"]
    assert renewed["RefreshToken"] != tokens["RefreshToken"]
    wire.clock.advance(90 * 60)
    latest = {**refresh, "RefreshToken": renewed["RefreshToken"]}
    assert await wire.refused("GetTokensFromRefreshToken", **latest) == refusal("Refresh Token has expired")


async def test_client_reads_and_writes_all_attributes_by_default() -> None:
    wire, pool_id = await of_pool(Schema=[CUSTOM])
    client_id = (await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS, ReadAttributes=[]))["ClientId"]
    await wire.new_user(pool_id)
    token = {"AccessToken": (await wire.tokens_of(client_id))["AccessToken"]}
    await wire.call("UpdateUserAttributes", **token, UserAttributes=listed({"name": "Alice", "custom:code": "1"}))
    verified = await wire.refused("UpdateUserAttributes", **token, UserAttributes=listed({"email_verified": "true"}))
    assert verified == refusal("A client attempted to write unauthorized attribute")
    seen = attributes_of((await wire.call("GetUser", **token))["UserAttributes"])
    assert seen.keys() == {"sub", "name", "custom:code"}


async def test_linked_accounts_are_in_the_tokens_of_every_client() -> None:
    wire, pool_id = await of_pool()
    client_id = (await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS))["ClientId"]
    await wire.new_user(pool_id)
    user = {"ProviderName": "Cognito", "ProviderAttributeValue": "alice"}
    google = {"ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"}
    await wire.manage("AdminLinkProviderForUser", UserPoolId=pool_id, DestinationUser=user, SourceUser=google)
    identities = claims((await wire.tokens_of(client_id))["IdToken"])[1]["identities"]
    assert [each["providerName"] for each in identities] == ["Google"]


@pytest.mark.parametrize(
    ("names", "allowed"),
    [
        ([], {"USER_SRP_AUTH", "CUSTOM_AUTH"}),
        (["USER_PASSWORD_AUTH"], {"USER_SRP_AUTH", "CUSTOM_AUTH", "USER_PASSWORD_AUTH"}),
        (["ADMIN_NO_SRP_AUTH"], {"USER_SRP_AUTH", "CUSTOM_AUTH", "ADMIN_USER_PASSWORD_AUTH"}),
        (["CUSTOM_AUTH_FLOW_ONLY"], {"CUSTOM_AUTH"}),
        (["ALLOW_USER_SRP_AUTH"], {"USER_SRP_AUTH"}),
    ],
)
async def test_client_has_the_flows_that_it_names(names: list[str], allowed: set[str]) -> None:
    wire, pool_id = await of_pool()
    made = await wire.new_client(pool_id, **({"ExplicitAuthFlows": names} if names else {}))
    assert made.get("ExplicitAuthFlows", []) == names
    await wire.new_user(pool_id)
    for flow in ("USER_SRP_AUTH", "CUSTOM_AUTH", "USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH"):
        members = {"UserPoolId": pool_id, "ClientId": made["ClientId"], "AuthFlow": flow}
        if flow == "USER_PASSWORD_AUTH":
            parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD}
            reply = await wire.post("InitiateAuth", {**members, "AuthParameters": parameters})
        else:
            parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD, "SRP_A": "2"}
            reply = await wire.signed("AdminInitiateAuth", {**members, "AuthParameters": parameters})
        assert ("not enabled" not in reply.text) == (flow in allowed), reply.text


@pytest.mark.parametrize(
    "members",
    [
        {"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "ALLOW_USER_SRP_AUTH"]},
        {"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "RefreshTokenRotation": {"Feature": "ENABLED"}},
        {"ReadAttributes": ["custom:unknown"]},
        {"WriteAttributes": ["email_verified"]},
        {"GenerateSecret": True, "ClientSecret": "x" * 24},
    ],
)
async def test_members_that_do_not_fit_are_refused(members: dict[str, Any]) -> None:
    wire, pool_id = await of_pool()
    of = {"UserPoolId": pool_id, "ClientName": "app"}
    assert (await wire.manage_refused("CreateUserPoolClient", **of, **members))[0] == INVALID


@pytest.mark.parametrize(
    "validity",
    [
        {"AccessTokenValidity": 25},
        {"IdTokenValidity": 4, "TokenValidityUnits": {"IdToken": "minutes"}},
        {"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
        {"RefreshTokenValidity": 3651},
    ],
)
async def test_validity_out_of_range_is_refused(validity: dict[str, Any]) -> None:
    wire, pool_id = await of_pool()
    refused = await wire.manage_refused("CreateUserPoolClient", UserPoolId=pool_id, ClientName="app", **validity)
    assert refused == (INVALID, "Invalid range for token validity.")


async def test_validity_of_zero_is_none() -> None:
    wire, pool_id = await of_pool()
    made = await wire.new_client(pool_id, RefreshTokenValidity=0, AccessTokenValidity=2)
    assert (made["RefreshTokenValidity"], made["AccessTokenValidity"]) == (30, 2)


async def test_secret_is_generated_and_required() -> None:
    wire, pool_id = await of_pool()
    made = await wire.new_client(pool_id, GenerateSecret=True, ExplicitAuthFlows=ALL_FLOWS)
    assert re.fullmatch(r"[\w+]{51,64}", made["ClientSecret"])
    assert (await described(wire, pool_id, made["ClientId"]))["ClientSecret"] == made["ClientSecret"]
    await wire.new_user(pool_id)
    parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    flow = {"ClientId": made["ClientId"], "AuthFlow": "USER_PASSWORD_AUTH"}
    assert (await wire.refused("InitiateAuth", **flow, AuthParameters=parameters))[0] == "NotAuthorizedException"
    settings = AppClientSettings(id=made["ClientId"], secret=made["ClientSecret"])
    parameters["SECRET_HASH"] = secret_hash("alice", settings)
    assert await wire.call("InitiateAuth", **flow, AuthParameters=parameters)


async def test_secret_can_be_given() -> None:
    wire, pool_id = await of_pool()
    assert (await wire.new_client(pool_id, ClientSecret="x" * 24))["ClientSecret"] == "x" * 24


async def test_update_resets_what_it_does_not_name_but_keeps_the_secret() -> None:
    wire, pool_id = await of_pool(Schema=[CUSTOM])
    full = await wire.new_client(pool_id, ClientSecret="x" * 24, **ALL)
    plain = await wire.new_client(pool_id, ClientSecret="x" * 24)
    wire.clock.advance(10)
    of = {"UserPoolId": pool_id, "ClientId": full["ClientId"]}
    updated = (await wire.manage("UpdateUserPoolClient", **of))["UserPoolClient"]
    later = {"ClientId": full["ClientId"], "LastModifiedDate": plain["LastModifiedDate"] + 10}
    assert updated == {**plain, **later} == await described(wire, pool_id, full["ClientId"])
    renamed = await wire.manage("UpdateUserPoolClient", **of, ClientName="shop", **ALL)
    assert renamed["UserPoolClient"] == {**full, **later, "ClientName": "shop"}


async def test_clients_are_listed_in_pages() -> None:
    wire, pool_id = await of_pool()
    made = sorted([(await wire.new_client(pool_id))["ClientId"] for _ in range(5)])
    listing = "ListUserPoolClients", "UserPoolClients"
    pages = await wire.pages(*listing, "ClientId", UserPoolId=pool_id, MaxResults=2)
    assert pages == [made[:2], made[2:4], made[4:]]
    assert await wire.pages(*listing, "UserPoolId", UserPoolId=pool_id, ClientType="REGULAR") == [[pool_id] * 5]
    assert await wire.pages(*listing, "ClientName", UserPoolId=pool_id, ClientType="DCR") == [[]]


async def test_deleted_client_and_its_tokens_are_refused() -> None:
    wire, pool_id = await of_pool()
    client_id, other_id = [(await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS))["ClientId"] for _ in range(2)]
    await wire.new_user(pool_id)
    tokens, other = await wire.tokens_of(client_id), await wire.tokens_of(other_id)
    of = {"UserPoolId": pool_id, "ClientId": client_id}
    assert await wire.manage("DeleteUserPoolClient", **of) == {}
    gone = ("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == refusal("Access Token has been revoked")
    refresh = {"ClientId": client_id, "RefreshToken": tokens["RefreshToken"]}
    assert await wire.refused("GetTokensFromRefreshToken", **refresh) == gone
    for operation in ("DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"):
        assert await wire.manage_refused(operation, **of) == gone
    assert await wire.call("GetUser", AccessToken=other["AccessToken"])


async def test_client_of_another_pool_is_not_found() -> None:
    wire, pool_id = await of_pool()
    of = {"UserPoolId": wire.pool.id, "ClientId": (await wire.new_client(pool_id))["ClientId"]}
    assert (await wire.manage_refused("DescribeUserPoolClient", **of))[0] == "ResourceNotFoundException"
    unknown = {"UserPoolId": "us-east-1_Unknown", "ClientName": "app"}
    assert await wire.manage_refused("CreateUserPoolClient", **unknown) == NO_POOL


async def test_client_of_a_program_is_described_too() -> None:
    flows = frozenset({"ALLOW_USER_SRP_AUTH"})
    settings = AppClientSettings(explicit_auth_flows=flows, access_token_validity=450)  # type: ignore[arg-type]
    wire = Manager(client=settings)
    shown = await described(wire, wire.pool.id, settings.id)
    assert (shown["ClientName"], shown["ExplicitAuthFlows"]) == ("local", ["ALLOW_USER_SRP_AUTH"])
    assert (shown["AccessTokenValidity"], shown["TokenValidityUnits"]) == (450, {"AccessToken": "seconds"})
    assert "ReadAttributes" not in shown
