"""Our client with a wrong clock: signatures and expiry checks use the service's time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Self

import httpx
import pytest

from cognito_async import UserPool
from cognito_async.lowlevel import Clock

from .conftest import CODE
from .running import AppClient

pytestmark = [pytest.mark.anyio, pytest.mark.peer]
PASSWORD = "Passw0rd!"
EMAIL = {"email": "alice@example.com"}
LONGEST_TEST = timedelta(minutes=5)


class WrongClock(Clock):
    def __init__(self, error: timedelta) -> None:
        self._error = error

    def now(self) -> datetime:
        return super().now() + self._error


class ObservedClient:
    """A client with a wrong clock. `signed` lists the timestamps that it has signed."""

    def __init__(self, client: AppClient, error: timedelta) -> None:
        self.signed: list[datetime] = []
        self._http = httpx.AsyncClient(event_hooks={"request": [self._record]}, trust_env=False)
        self.pool: UserPool = client.pool(clock=WrongClock(error), http_client=self._http)

    async def _record(self, request: httpx.Request) -> None:
        responses = json.loads(await request.aread()).get("ChallengeResponses", {})
        if "TIMESTAMP" in responses:
            self.signed.append(datetime.strptime(responses["TIMESTAMP"] + "+0000", "%a %b %d %H:%M:%S UTC %Y%z"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()


@pytest.fixture(params=["ministack", "served"])
def client(request: pytest.FixtureRequest) -> AppClient:
    found = request.getfixturevalue({"ministack": "ministack_client"}.get(request.param, request.param))
    assert isinstance(found, AppClient)
    return found


@pytest.fixture(scope="module")
def ministack_client(ministack: str, connect: Callable[..., Any]) -> AppClient:
    administrator = connect(ministack)
    pool_id = administrator.create_user_pool(PoolName="clock", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    made = administrator.create_user_pool_client(UserPoolId=pool_id, ClientName="clock")["UserPoolClient"]
    return AppClient(ministack, pool_id, made["ClientId"])


@pytest.mark.parametrize("hours", [-1, 1])
async def test_client_with_a_wrong_clock_signs_in(client: AppClient, name: str, hours: int) -> None:
    async with ObservedClient(client, timedelta(hours=hours)) as wrong:
        await wrong.pool.sign_up(name, PASSWORD, attributes=EMAIL)
        await wrong.pool.confirm_sign_up(name, CODE)
        user = (await wrong.pool.sign_in(name, PASSWORD)).user
        [signed_at] = wrong.signed
        assert abs(signed_at - datetime.now(timezone.utc)) < LONGEST_TEST
        # A clock that is an hour ahead says that these tokens have expired. They are still valid by the service's time,
        # so the client must not refresh them.
        tokens = user.tokens
        assert (await user.attributes())["email"] == EMAIL["email"]
        assert user.tokens is tokens
        assert (await user.sign_out(global_=True)).remote == "done"


async def test_first_call_may_be_the_sign_in(client: AppClient, name: str) -> None:
    """The client reads the service's time in the `Date` of the first reply, and signs the second request with it."""
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        await pool.confirm_sign_up(name, CODE)
    async with ObservedClient(client, timedelta(hours=1)) as wrong:
        assert (await wrong.pool.sign_in(name, PASSWORD)).signed_in
