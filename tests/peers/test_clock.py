"""Our client with a clock that is wrong: what it signs and decides goes by the service's time."""

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


class Observed:
    """A pool whose clock is wrong, and the timestamps that it has signed."""

    def __init__(self, client: AppClient, error: timedelta) -> None:
        self.signed: list[datetime] = []
        self._http = httpx.AsyncClient(event_hooks={"request": [self._look]}, trust_env=False)
        self.pool: UserPool = client.pool(clock=WrongClock(error), http_client=self._http)

    async def _look(self, request: httpx.Request) -> None:
        responses = json.loads(await request.aread()).get("ChallengeResponses", {})
        if "TIMESTAMP" in responses:
            moment = datetime.strptime(responses["TIMESTAMP"] + "+0000", "%a %b %d %H:%M:%S UTC %Y%z")
            self.signed.append(moment)

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
async def test_a_client_whose_clock_is_an_hour_off_signs_in(client: AppClient, name: str, hours: int) -> None:
    async with Observed(client, timedelta(hours=hours)) as wrong:
        await wrong.pool.sign_up(name, PASSWORD, attributes=EMAIL)
        await wrong.pool.confirm_sign_up(name, CODE)
        user = (await wrong.pool.sign_in(name, PASSWORD)).user
        [moment] = wrong.signed
        assert abs(moment - datetime.now(timezone.utc)) < LONGEST_TEST
        # An hour ahead these tokens look expired; by the service's time they are not, and are used as they are.
        tokens = user.tokens
        assert (await user.attributes())["email"] == EMAIL["email"]
        assert user.tokens is tokens
        assert (await user.sign_out(global_=True)).remote == "done"


async def test_the_first_call_of_all_may_be_the_sign_in(client: AppClient, name: str) -> None:
    """Its first reply brings the `Date` by which its second request is signed."""
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        await pool.confirm_sign_up(name, CODE)
    async with Observed(client, timedelta(hours=1)) as wrong:
        assert (await wrong.pool.sign_in(name, PASSWORD)).signed_in
