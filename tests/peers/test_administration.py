"""`pool.admin` against ministack, which verifies passwords, and moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cognito_async import UserPool, errors
from cognito_async._flows.sign_in import SignInFlow
from cognito_async.credentials import Credentials
from tests.administration import PASSWORD, run_admin_scenario

# The operations and flows that each server does not support.
LACKS = {"ministack": {"AdminDeleteUserAttributes"}, "moto": {"USER_SRP_AUTH"}}
pytestmark = [pytest.mark.anyio, pytest.mark.peer]


@pytest.fixture(scope="module", params=["ministack", "moto"])
def server(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def endpoint(server: str, request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(server)
    return url


@pytest.fixture(scope="module", params=["public", "secret"])
def pool(request: pytest.FixtureRequest, endpoint: str, connect: Callable[..., Any]) -> UserPool:
    administrator = connect(endpoint)
    pool_id = administrator.create_user_pool(PoolName="administered")["UserPool"]["Id"]
    made = administrator.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="administered",
        GenerateSecret=request.param == "secret",
        ExplicitAuthFlows=[
            *("ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
            "ALLOW_USER_PASSWORD_AUTH",
        ],
    )["UserPoolClient"]
    return UserPool(
        pool_id,
        made["ClientId"],
        client_secret=made.get("ClientSecret"),
        endpoint=endpoint,
        credentials=Credentials("test", "test"),
    )


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
async def test_administrator_manages_users_and_groups(server: str, pool: UserPool, name: str, flow: SignInFlow) -> None:
    if flow in LACKS[server]:
        with pytest.raises(errors.InvalidParameterException, match="not supported"):
            await pool.admin.sign_in(name, PASSWORD, flow=flow)
        return
    async with pool:
        await run_admin_scenario(pool, name, flow, lacks=LACKS[server])
