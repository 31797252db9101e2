"""The same service on a user pool of moto. moto's server is needed, because the service makes its calls by httpx."""

import gzip
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.resources import files
from typing import Any

import boto3
import httpx
import jwt
import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient
from moto.server import ThreadedMotoServer
from orders.app import create_app

from cognito_async import UserPool

PASSWORD = "Passw0rd!"


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def reset(endpoint: str) -> Iterator[None]:
    yield
    requests.post(f"{endpoint}/moto-api/reset", timeout=10)


@pytest.fixture(scope="session")
def cognito(endpoint: str) -> Any:
    return boto3.client(
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@pytest.fixture
def pool_id(cognito: Any) -> Any:
    return cognito.create_user_pool(PoolName="orders", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]


@pytest.fixture
def client_id(cognito: Any, pool_id: str) -> Any:
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="orders", ExplicitAuthFlows=flows)
    return made["UserPoolClient"]["ClientId"]


@pytest.fixture
def app(endpoint: str, pool_id: str, client_id: str) -> Any:
    return create_app(UserPool(pool_id, client_id, endpoint=endpoint), state_key=secrets.token_urlsafe(32))


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://orders.example") as client:
        yield client


@pytest.fixture
def make_user(cognito: Any, pool_id: str) -> Callable[..., str]:
    def make(username: str, groups: tuple[str, ...] = ()) -> str:
        email = {"Name": "email", "Value": f"{username}@example.com"}
        cognito.admin_create_user(UserPoolId=pool_id, Username=username, UserAttributes=[email])
        cognito.admin_set_user_password(UserPoolId=pool_id, Username=username, Password=PASSWORD, Permanent=True)
        for group in groups:
            cognito.create_group(UserPoolId=pool_id, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=username, GroupName=group)
        return username

    return make


@pytest.fixture
def tokens_of(cognito: Any, client_id: str) -> Callable[[str], dict[str, str]]:
    def sign_in(username: str) -> Any:
        proof = {"USERNAME": username, "PASSWORD": PASSWORD}
        reply = cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=proof)
        return reply["AuthenticationResult"]

    return sign_in


@pytest.fixture
def auth_headers(tokens_of: Callable[[str], dict[str, str]]) -> Callable[[str], dict[str, str]]:
    return lambda username: {"Authorization": f"Bearer {tokens_of(username)['AccessToken']}"}


@pytest.fixture(scope="session")
def moto_key() -> Any:
    """The private key of moto, which its documentation does not mention."""
    packed = files("moto.cognitoidp").joinpath("resources/jwks-private.json.gz").read_bytes()
    return jwt.PyJWK(json.loads(gzip.decompress(packed)), "RS256").key


@pytest.fixture
def sign_token(pool_id: str, client_id: str, moto_key: Any) -> Callable[..., str]:
    def sign(key: Any = moto_key, algorithm: str = "RS256", **claims: Any) -> str:
        now = int(time.time())
        issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool_id}"
        known = {"iss": issuer, "sub": "alice", "username": "alice", "client_id": client_id, "token_use": "access"}
        times = {"iat": now, "auth_time": now, "exp": now + 3600, "jti": "j", "origin_jti": "o", "scope": ""}
        return jwt.encode({**known, **times, **claims}, key, algorithm, headers={"kid": "dummy"})

    return sign
