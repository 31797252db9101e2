"""The clients of the services: a region and all operations, without a user pool or app client."""

from __future__ import annotations

import pickle
import traceback
from typing import Any

import httpx
import pytest

from cognito_async import CognitoIdentity, CognitoIdentityProvider, UserPool, errors, lowlevel
from cognito_async.credentials import Credentials
from cognito_async.local import MovableClock
from tests.support import CLIENT_ID, POOL_ID, Answer, Recorder

pytestmark = pytest.mark.anyio

KEYS = Credentials("AKIDEXAMPLE", "secret-access-key")
each_service = pytest.mark.parametrize("service", [CognitoIdentityProvider, CognitoIdentity])


def make_options(*answers: Answer) -> tuple[dict[str, Any], Recorder]:
    recorder = Recorder(iter(answers))
    client = httpx.AsyncClient(transport=recorder, trust_env=False)
    return {"region": "eu-central-1", "http_client": client, "credentials": KEYS, "clock": MovableClock()}, recorder


async def test_service_client_creates_a_user_pool() -> None:
    given, recorder = make_options({"UserPool": {"Id": "eu-central-1_New", "Name": "people"}})
    async with CognitoIdentityProvider(**given) as provider:
        reply = await provider.api.create_user_pool(pool_name="people")
    assert reply.user_pool is not None and reply.user_pool.id_ == "eu-central-1_New"
    assert recorder.calls == [("CreateUserPool", {"PoolName": "people"})]


async def test_service_client_requires_a_pool_id() -> None:
    given, recorder = make_options()
    with pytest.raises(errors.ConfigurationError, match="UserPoolId"):
        await CognitoIdentityProvider(**given).api.admin_get_user(username="alice")
    assert not recorder.calls


async def test_credentials_of_an_identity_are_requested_unsigned() -> None:
    credentials = {
        "AccessKeyId": "ASIA",
        "SecretKey": "a-secret",
        "SessionToken": "a-session",
        "Expiration": 1767326400.5,
    }
    given, recorder = make_options({"IdentityId": "eu-central-1:1"}, {"IdentityId": "1", "Credentials": credentials})
    identity = CognitoIdentity(**{**given, "credentials": None})
    logins = {"cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Abc": "an-id-token"}
    identity_id = (await identity.api.get_id(identity_pool_id="eu-central-1:0", logins=logins)).identity_id or ""
    reply = await identity.api.get_credentials_for_identity(identity_id=identity_id, logins=logins)
    assert reply.credentials is not None and reply.credentials.secret_key == "a-secret"
    assert reply.credentials.expiration is not None and reply.credentials.expiration.year == 2026
    assert recorder.operations == ["GetId", "GetCredentialsForIdentity"]
    assert "a-secret" not in repr(reply) and "a-session" not in repr(reply)


async def test_pages_of_identity_pools_are_followed() -> None:
    pages: list[Answer] = [
        {"IdentityPools": [{"IdentityPoolName": "a"}], "NextToken": "2"},
        {"IdentityPools": [{"IdentityPoolName": "b"}]},
    ]
    given, recorder = make_options(*pages)
    api = CognitoIdentity(**given).api
    assert [pool.identity_pool_name async for pool in api.items(api.list_identity_pools, max_results=1)] == ["a", "b"]
    assert recorder.calls[1][1] == {"MaxResults": 1, "NextToken": "2"}


@each_service
async def test_region_can_come_from_the_environment(
    service: type[CognitoIdentity | CognitoIdentityProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service() as client:
        assert repr(client) == f"{service.__name__}(region=None)"
        listed: Any = client.api
        name = "list_user_pools" if service is CognitoIdentityProvider else "list_identity_pools"
        with pytest.raises(errors.ConfigurationError, match="there is no region"):
            await getattr(listed, name)(max_results=1)
    with pytest.raises(errors.ConfigurationError, match="must be an AWS region") as caught:
        service(region="Nowhere")
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert f"self = {service.__name__}(<refused arguments>)" in shown
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    client = service()
    await client.aclose()
    assert repr(client) == f"{service.__name__}(region='eu-west-1')"


@each_service
async def test_service_clients_cannot_be_pickled(service: type[CognitoIdentity]) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(service(region="eu-central-1"))


async def test_user_pool_refuses_identity_pool_operations() -> None:
    pool = UserPool(POOL_ID, CLIENT_ID)
    row, request = lowlevel.identities.GET_ID, lowlevel.identities.GetIdInput(identity_pool_id="eu-central-1:0")
    with pytest.raises(errors.ConfigurationError, match="CognitoIdentity"):
        await lowlevel.invoke(pool, row, request)
