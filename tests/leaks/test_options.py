"""Refused options and settings that hold a secret, such as an endpoint with a password, must not show in errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cognito_async import Auth, CognitoIdentityProvider, UserPool, errors
from cognito_async.credentials import from_container, from_instance, from_web_identity
from cognito_async.local import LocalUserPool
from cognito_async.lowlevel import PooledTransport
from tests.leaks.markers import marker
from tests.leaks.watch import Watch
from tests.support import CLIENT_ID, POOL_ID

pytestmark = pytest.mark.anyio

KEY_ID, ACCESS_KEY, IN_URL = marker("key-id"), marker("access-key"), marker("in-url", 60)
URL = f"https://user:{IN_URL}@host.example"
LOCAL = LocalUserPool()
CLIENTS: dict[str, Callable[..., Any]] = {
    "UserPool": lambda **options: UserPool(POOL_ID, CLIENT_ID, **options),
    "Auth": lambda **options: Auth(POOL_ID, CLIENT_ID, **options),
    "CognitoIdentityProvider": lambda **options: CognitoIdentityProvider(region="eu-central-1", **options),
    "LocalUserPool": LOCAL.user_pool,
}
CREDENTIALS = {
    "a dictionary": {"aws_access_key_id": KEY_ID, "aws_secret_access_key": ACCESS_KEY},
    "a string": f"{KEY_ID}:{ACCESS_KEY}",
    "a tuple": (KEY_ID, ACCESS_KEY),
    "another library's object": SimpleNamespace(access_key=KEY_ID, secret_key=ACCESS_KEY, token=None),
}
ENDPOINTS = {"a password": URL, "bytes": URL.encode(), "a query": f"https://host.example?{IN_URL}", "a list": [URL]}


@pytest.fixture(autouse=True)
def secrets(watch: Watch) -> None:
    watch.secrets |= {KEY_ID, ACCESS_KEY, IN_URL}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("credentials", CREDENTIALS)
def test_credentials_of_another_type_are_refused_and_not_shown(watch: Watch, client: str, credentials: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="credentials must be ") as caught:
        CLIENTS[client](credentials=CREDENTIALS[credentials])
    assert f"not {type(CREDENTIALS[credentials]).__module__}." in str(caught.value)
    watch.see_error(client, caught.value)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_refused_endpoint_is_not_shown(watch: Watch, client: str, endpoint: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="endpoint") as caught:
        CLIENTS[client](endpoint=ENDPOINTS[endpoint])
    watch.see_error(client, caught.value)


def test_refused_url_of_a_transport_is_not_shown(watch: Watch) -> None:
    with pytest.raises(errors.ConfigurationError, match="endpoint") as caught:
        PooledTransport(URL)
    watch.see_error("PooledTransport", caught.value)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"])
def test_refused_endpoint_of_the_environment_is_not_shown(
    watch: Watch, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, URL)
    with pytest.raises(errors.ConfigurationError, match=variable) as caught:
        UserPool(POOL_ID, CLIENT_ID)
    watch.see_error(variable, caught.value)


async def test_refused_endpoint_of_a_profile_is_not_shown(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(f"[default]\nendpoint_url = {URL}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    async with UserPool(POOL_ID, CLIENT_ID) as pool:
        with pytest.raises(errors.ConfigurationError, match="endpoint_url of the profile") as caught:
            await pool.api.get_user(access_token="token")
    watch.see_error("a profile", caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", IN_URL),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", URL),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://host.example/{IN_URL}"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", URL),
    ],
)
async def test_refused_url_of_a_source_is_not_shown(
    watch: Watch, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
    with pytest.raises(errors.CognitoError, match=variable) as caught:
        await (from_container() if "CONTAINER" in variable else from_instance())()
    watch.see_error(variable, caught.value)


async def test_refused_url_of_sts_is_not_shown(watch: Watch) -> None:
    source = from_web_identity(role_arn="arn:aws:iam::1:role/r", token_file=__file__, endpoint=URL)
    with pytest.raises(errors.ConfigurationError, match="endpoint: ") as caught:
        await source()
    watch.see_error("STS", caught.value)
    assert IN_URL not in repr(source)


@pytest.mark.parametrize("answer", CREDENTIALS)
@pytest.mark.table
async def test_credentials_of_another_type_from_a_callable_are_not_shown(watch: Watch, answer: str) -> None:
    async def provider() -> Any:
        return CREDENTIALS[answer]

    async with UserPool(POOL_ID, CLIENT_ID, credentials=provider, endpoint="http://localhost") as pool:
        with pytest.raises(errors.CredentialsError, match="must return Credentials") as caught:
            await pool.admin.disable_user("alice")
    watch.see_error("a callable", caught.value)
