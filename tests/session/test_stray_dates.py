"""Replies with a wrong `Date`: the tokens of a session are valid, and each is refreshed once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import CognitoUser, Tokens, UserPool, errors
from cognito_async.local import LocalTransport, LocalUserPool, MovableClock
from tests.sizes import examples
from tests.support import make_user

PASSWORD = "Passw0rd!"
DATES = ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2010 00:00:00 GMT", "Thu, 31 Dec 2950 00:00:00 GMT"]
PAGE = {"content-type": "text/html"}
# Replies that come from a proxy, a cache or the portal of a network instead of the service.
FOREIGN: dict[str, httpx.Response] = {
    "a proxy's error": httpx.Response(502, content=b"<html>"),
    "a gateway's error": httpx.Response(503, json={"message": "Service Unavailable"}),
    "a gateway's code": httpx.Response(500, json={"code": 500, "error": "upstream"}),
    "a portal's page": httpx.Response(200, headers=PAGE, content=b"<!doctype html><title>Log in"),
    "a portal's page without a type": httpx.Response(200, content=b"\n <html>"),
    "an empty reply": httpx.Response(200),
    "a redirection": httpx.Response(302, headers={"location": "https://portal.test"}),
    "a cache's copy": httpx.Response(200, headers={"age": "86400"}, json={}),
    "an error page with an id": httpx.Response(500, headers={**PAGE, "x-amzn-requestid": "1"}, content=b"<html>"),
}


class Network(httpx.AsyncBaseTransport):
    """The way to a local pool. If `stray` is set, that reply arrives instead of the service's.

    If `date` is set, the service's replies have that `Date`.
    """

    def __init__(self, local: LocalUserPool) -> None:
        self._service = LocalTransport(local.service)
        self.stray: httpx.Response | None = None
        self.date: str | None = None
        self.refreshes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.stray is not None:
            return httpx.Response(self.stray.status_code, headers=self.stray.headers, content=self.stray.content)
        self.refreshes += request.headers["x-amz-target"].endswith("GetTokensFromRefreshToken")
        reply = await self._service.handle_async_request(request)
        if self.date is not None:
            reply.headers["date"] = self.date
        return reply


async def signed_in(
    local: LocalUserPool, clock: MovableClock | None = None, stray: httpx.Response | None = None
) -> tuple[UserPool, CognitoUser, Network]:
    """Return a pool, alice, and the network; a call gets the stray reply before the sign-in."""
    network = Network(local)
    client = httpx.AsyncClient(transport=network, trust_env=False)
    pool = UserPool(local.settings.id, local.client.id, endpoint="http://localhost", http_client=client, clock=clock)
    await make_user(local)
    if stray is not None:
        await get_stray(pool, network, stray)
    return pool, (await pool.sign_in("alice", PASSWORD)).user, network


async def get_stray(pool: UserPool, network: Network, stray: httpx.Response) -> None:
    network.stray = stray
    try:
        await pool.with_options(timeout=1).resend_sign_up("alice")
    except errors.CognitoError:
        pass
    finally:
        network.stray = None


def is_valid(tokens: Tokens, local: LocalUserPool) -> bool:
    return tokens.expires_at is not None and tokens.expires_at > local.clock.now()


def dated(reply: httpx.Response, date: str) -> httpx.Response:
    return httpx.Response(reply.status_code, headers={**reply.headers, "date": date}, content=reply.content)


@pytest.mark.anyio
@pytest.mark.table
@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("reply", FOREIGN.values(), ids=FOREIGN)
async def test_foreign_reply_never_moves_the_time(reply: httpx.Response, date: str) -> None:
    local = LocalUserPool()
    pool, user, network = await signed_in(local, local.clock, dated(reply, date))
    await get_stray(pool, network, dated(reply, date))
    assert abs(pool._client.now() - local.clock.now()) < timedelta(seconds=3)
    local.clock.advance(3 * 86_400)
    assert is_valid(await user.session(), local) and network.refreshes == 1


@pytest.mark.anyio
@pytest.mark.table
@pytest.mark.parametrize("hours", [-30, -3, 3, 30])
@pytest.mark.parametrize("stray", [None, *DATES])
async def test_client_with_a_wrong_clock_signs_in_and_refreshes_in_time(hours: int, stray: str | None) -> None:
    local = LocalUserPool()
    clock = MovableClock(local.clock.now() + timedelta(hours=hours))
    foreign = None if stray is None else dated(FOREIGN["a proxy's error"], stray)
    _, user, network = await signed_in(local, clock, foreign)
    for _ in range(20):
        local.clock.advance(600)
        clock.advance(600)
        assert is_valid(await user.session(), local)
    assert network.refreshes == 3


@pytest.mark.anyio
@pytest.mark.parametrize("date", DATES)
async def test_service_with_a_wrong_date_causes_no_repeated_refreshes(date: str) -> None:
    local = LocalUserPool()
    _, user, network = await signed_in(local, local.clock)
    network.date = date
    for _ in range(100):
        await user.session()
    assert network.refreshes <= 1
    local.clock.advance(3 * 86_400)
    assert is_valid(await user.session(), local)


SECONDS = st.floats(1, 7200)
EVENTS = st.one_of(
    st.tuples(st.just("pass"), SECONDS),
    st.tuples(st.just("foreign"), st.sampled_from(DATES)),
    st.tuples(st.just("wrong"), st.sampled_from(DATES)),  # a reply of the service with a wrong `Date`
    st.tuples(st.just("session"), st.none()),
)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@given(events=st.lists(EVENTS, max_size=25))
@settings(max_examples=examples(60), deadline=None)
def test_no_sequence_of_dates_gives_expired_tokens_or_many_refreshes(
    backend: str, events: list[tuple[str, Any]]
) -> None:
    async def run() -> None:
        local = LocalUserPool()
        pool, user, network = await signed_in(local, local.clock)
        passed, wrong = 0.0, 0
        for event, value in [*events, ("session", None)]:
            if event == "pass":
                local.clock.advance(value)
                passed += value
            elif event == "foreign":
                await get_stray(pool, network, dated(FOREIGN["a proxy's error"], value))
            elif event == "wrong":
                wrong += 1
                await get_stray(pool, network, httpx.Response(400, headers={"date": value}, json={"__type": "X"}))
            else:
                assert is_valid(await user.session(), local)
        assert network.refreshes <= passed / 3300 + wrong + 1

    anyio.run(run, backend=backend)
