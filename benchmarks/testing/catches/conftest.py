"""The sides, and the tests that must fail on each of them. A test that passes against expectation fails the run."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .sides import SIDES, NotThere, Side

EXPECTED = tomllib.loads((Path(__file__).parent / "not_caught.toml").read_text("utf-8"))
PASSWORD = "Passw0rd!"
# The errors of a test whose side differs from the service. Any other error is a mistake in the test.
MISSED = (pytest.fail.Exception, AssertionError, ClientError, NotImplementedError, NotThere)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "side" not in item.fixturenames:  # type: ignore[attr-defined]
            continue
        side = item.callspec.params["side"]  # type: ignore[attr-defined]
        reason = EXPECTED[side].get(item.originalname.removeprefix("test_"))  # type: ignore[attr-defined]
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, raises=MISSED, strict=True))


@pytest.fixture(params=list(SIDES))
def side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Side]:
    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
    with SIDES[request.param]() as made:
        yield made


@pytest.fixture
def cognito(side: Side) -> Any:
    return side.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    made: str = cognito.create_user_pool(PoolName="pool", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    return made


@pytest.fixture
def add_client(cognito: Any, pool_id: str) -> Callable[..., dict[str, Any]]:
    def add(*flows: str, **options: Any) -> dict[str, Any]:
        allowed = flows or ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH")
        explicit = [f"ALLOW_{flow}" for flow in allowed]
        made: dict[str, Any] = cognito.create_user_pool_client(
            UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=explicit, **options
        )["UserPoolClient"]
        return made

    return add


@pytest.fixture
def client_id(add_client: Callable[..., dict[str, Any]]) -> str:
    return str(add_client()["ClientId"])


@pytest.fixture
def alice(cognito: Any, pool_id: str) -> str:
    email = [{"Name": "email", "Value": "alice@example.com"}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=pool_id, Username="alice", UserAttributes=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool_id, Username="alice", Password=PASSWORD, Permanent=True)
    return "alice"


@pytest.fixture
def sign_in(cognito: Any, client_id: str) -> Callable[..., dict[str, Any]]:
    """Sign in with the password, which is sent."""

    def call(password: str = PASSWORD, **parameters: str) -> dict[str, Any]:
        proof = {"USERNAME": "alice", "PASSWORD": password, **parameters}
        reply: dict[str, Any] = cognito.initiate_auth(
            ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=proof
        )
        return reply

    return call


@pytest.fixture
def refused() -> Callable[..., None]:
    """Make a call that must be refused with one of these errors."""

    def call(*codes: str, by: Callable[[], object]) -> None:
        with pytest.raises(ClientError) as caught:
            by()
        assert caught.value.response["Error"]["Code"] in codes

    return call
