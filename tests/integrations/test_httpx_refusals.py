"""APIs that refuse tokens again and again: requests with `BearerAuth` do not refresh the tokens for each refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import anyio
import httpx
import pytest

from cognito_async.integrations.httpx import BearerAuth
from cognito_async.local import LocalUserPool
from tests.integrations.api import REFRESH, Api, signed_in
from tests.support import recording

pytestmark = pytest.mark.anyio


async def test_api_that_always_refuses_causes_one_refresh_for_each_lifetime(api: Api) -> None:
    local = LocalUserPool()
    user, recorder = await signed_in(local)
    api.refuses = lambda token: True
    async with api.client_of(user) as client:
        for _ in range(5):
            assert (await client.get("/")).status_code == 401
        assert recorder.operations == [REFRESH] and len(api.tokens) == 6
        local.clock.advance(3600)
        for _ in range(5):
            assert (await client.get("/")).status_code == 401
    assert recorder.operations == [REFRESH] * 3, "one is due, and one checks the token that it issued"


async def test_path_that_always_refuses_causes_one_refresh_beside_others(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())

    async def refuse_admin(request: Any) -> Any:
        return api.library.Response(401 if request.url.path == "/admin" else 200)

    api.before = refuse_admin
    async with api.client_of(user) as client:
        for _ in range(3):
            assert (await client.get("/admin")).status_code == 401
            assert (await client.get("/orders")).status_code == 200
    assert recorder.operations == [REFRESH]


async def test_refusal_during_the_second_attempt_causes_no_further_refresh(api: Api) -> None:
    """A request with the new token is answered before the request that was refused first is answered again."""
    user, recorder = await signed_in(LocalUserPool())
    api.refuses = lambda token: True
    overtaken = anyio.Event()

    async def wait(request: Any) -> None:
        if len(api.tokens) == 2:
            assert (await client.get("/")).status_code == 401
            overtaken.set()

    api.before = wait
    async with api.client_of(user) as client:
        assert (await client.get("/")).status_code == 401
    assert overtaken.is_set() and recorder.operations == [REFRESH] and len(api.tokens) == 3


async def test_token_issued_while_the_one_before_is_refused_causes_no_refresh(api: Api) -> None:
    """Otherwise, requests that overtake each other could refresh the tokens again and again."""
    user, recorder = await signed_in(LocalUserPool())
    refreshing, refused = anyio.Event(), anyio.Event()
    inner = cast("httpx.AsyncBaseTransport", recorder.inner)

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if len(recorder.calls) == 2:
                refreshing.set()
                await refused.wait()
            return await inner.handle_async_request(request)

    recorder.inner = Slow()
    attempts: list[str] = []

    async def overtake(request: Any) -> Any:
        if request.url.path == "/public":
            return api.library.Response(200)
        attempts.append(request.headers["Authorization"])
        if len(attempts) in (2, 4):  # the second attempts of the first request, and of the one that overtakes it
            await client.get("/public")  # the API accepts the new token here
            group.start_soon(client.get, "/")
            await (refreshing.wait() if len(attempts) == 2 else anyio.wait_all_tasks_blocked())
        return api.library.Response(401)

    api.before = overtake
    async with api.client_of(user) as client, anyio.create_task_group() as group:
        assert (await client.get("/")).status_code == 401
        refused.set()
    assert len(attempts) == 5 and len(set(attempts)) == 3 and recorder.operations == [REFRESH] * 2


async def test_newer_tokens_of_another_request_that_are_refused_cause_no_refresh(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    api.refuses = lambda token: True

    async def refresh_meanwhile(request: Any) -> None:
        if len(api.tokens) == 1:
            await user.refresh()

    api.before = refresh_meanwhile
    async with api.client_of(user) as client:
        for _ in range(3):
            assert (await client.get("/")).status_code == 401
    assert recorder.operations == [REFRESH]


async def test_error_of_the_api_does_not_count_as_acceptance(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    statuses = iter((401, 503, 401))

    async def reply(request: Any) -> Any:
        return api.library.Response(next(statuses))

    api.before = reply
    async with api.client_of(user) as client:
        assert [(await client.get("/")).status_code for _ in range(2)] == [503, 401]
    assert recorder.operations == [REFRESH]


async def test_refusal_after_a_stream_causes_no_further_refresh(api: Api) -> None:
    """The request with the stream is not sent again, so the next refusal shows that a refresh does not help."""
    user, recorder = await signed_in(LocalUserPool())

    async def refuse_admin(request: Any) -> Any:
        return api.library.Response(401 if request.url.path == "/admin" else 200)

    async def parts() -> AsyncIterator[bytes]:
        yield b"tea"

    api.before = refuse_admin
    async with api.client_of(user) as client:
        assert (await client.post("/admin", content=parts())).status_code == 401
        for _ in range(3):
            assert (await client.get("/admin")).status_code == 401
            assert (await client.get("/orders")).status_code == 200
    assert recorder.operations == [REFRESH]


async def test_newer_token_is_tried_even_if_it_was_refused_elsewhere(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.access_token

    async def reply(request: Any) -> Any:
        is_old = request.headers["Authorization"] == f"Bearer {first}"
        if request.url.path == "/orders" and is_old:
            assert (await client.get("/admin")).status_code == 401
        return api.library.Response(401 if request.url.path == "/admin" or is_old else 200)

    api.before = reply
    async with api.client_of(user) as client:
        assert (await client.get("/orders")).status_code == 200
    assert recorder.operations == [REFRESH]


async def test_new_auth_for_each_request_causes_no_further_refresh(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    api.refuses = lambda token: True
    async with api.client(None) as client:
        for _ in range(3):
            assert (await client.get("/", auth=BearerAuth(user))).status_code == 401
    assert recorder.operations == [REFRESH] and len(api.tokens) == 4


async def test_copies_of_a_session_cause_no_further_refresh(api: Api) -> None:
    """Such as those of a web service that gets the session with each request, and does not save the new tokens."""
    local = LocalUserPool()
    user, _ = await signed_in(local)
    state = user.to_state()
    api.refuses = lambda token: True
    with recording(local) as (pool, copies):
        client = api.client(None)
        for _ in range(3):
            copy = pool.user_from_state(state)
            assert (await client.get("/", auth=BearerAuth(copy))).status_code == 401
    assert copies.operations == [REFRESH]


@pytest.mark.table
async def test_only_the_newest_refusals_are_remembered(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cognito_async.integrations.httpx._MOST_TOKENS", 4)
    users = [await signed_in(LocalUserPool()) for _ in range(3)]
    api.refuses = lambda token: True
    async with api.client(None) as client:
        for user, _ in [*users, users[2], users[0]]:
            assert (await client.get("/", auth=BearerAuth(user))).status_code == 401
    assert [recorder.operations for _, recorder in users] == [[REFRESH] * 2, [REFRESH], [REFRESH]]
