"""`BearerAuth`: requests of httpx and httpx2 to an API carry a fresh token, and a 401 refreshes it once."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any, cast

import anyio
import httpx
import httpx2
import pytest

from cognito_async import errors
from cognito_async.integrations.httpx import BearerAuth
from cognito_async.local import AppClientSettings, LocalUserPool
from tests.integrations.api import REFRESH, URL, Api, signed_in

pytestmark = pytest.mark.anyio


async def test_expired_tokens_are_refreshed_before_a_request(library: ModuleType) -> None:
    """The API is an ASGI application that lets the pool check each token."""
    local = LocalUserPool()
    user, recorder = await signed_in(local)
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        token = dict(scope["headers"])[b"authorization"].decode().removeprefix("Bearer ")
        try:
            seen.append((await local.user_pool().user_from_access_token(token).attributes())["email"])
            status = 200
        except errors.SessionExpired:
            status = 401
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = library.ASGITransport(app)
    async with library.AsyncClient(auth=BearerAuth(user), transport=transport, base_url=URL) as client:
        for _ in range(2):
            assert (await client.get("/")).status_code == 200
        assert recorder.operations == []
        local.clock.advance(3600)
        assert (await client.get("/")).status_code == 200
    assert recorder.operations == [REFRESH] and seen == ["alice@example.com"] * 3


async def test_refused_request_is_sent_again_with_new_tokens(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.access_token
    api.refuses = lambda token: token == first
    async with api.client_of(user) as client:
        reply = await client.post("/orders", json={"tea": 2})
    assert reply.status_code == 200 and recorder.operations == [REFRESH]
    assert api.tokens == [first, user.tokens.access_token]
    assert api.bodies == [api.bodies[0]] * 2 and b"tea" in api.bodies[0]
    assert [earlier.status_code for earlier in reply.history] == [401]


async def test_each_accepted_token_may_be_refreshed_when_it_is_refused_later(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    refused: set[str] = set()
    api.refuses = refused.__contains__
    async with api.client_of(user) as client:
        for number in range(3):
            refused.add(user.tokens.access_token)
            assert (await client.get("/")).status_code == 200
            assert len(recorder.operations) == number + 1


async def test_concurrent_refusals_cause_one_refresh(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.access_token
    api.refuses = lambda token: token == first
    all_sent = anyio.Event()

    async def wait_for_all(request: Any) -> None:
        if len(api.tokens) == 20:
            all_sent.set()
        await all_sent.wait()

    api.before = wait_for_all
    statuses: list[int] = []
    async with api.client_of(user) as client:

        async def get() -> None:
            statuses.append((await client.get("/")).status_code)

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(get)
    assert statuses == [200] * 20 and recorder.operations == [REFRESH]


async def test_newer_tokens_of_another_request_are_used_without_a_refresh(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.access_token
    api.refuses = lambda token: token == first

    async def refresh_meanwhile(request: Any) -> None:
        if len(api.tokens) == 1:
            await user.refresh()

    api.before = refresh_meanwhile
    async with api.client_of(user) as client:
        assert (await client.get("/")).status_code == 200
    assert recorder.operations == [REFRESH] and api.tokens == [first, user.tokens.access_token]


@pytest.mark.parametrize("kind", ["stream", "files"])
@pytest.mark.table
async def test_streamed_body_is_not_sent_again_but_tokens_are_refreshed(api: Api, kind: str) -> None:
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.access_token
    api.refuses = lambda token: token == first

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        yield b"second"

    async with api.client_of(user) as client:
        for status in (401, 200):
            body: Any = {"content": parts()} if kind == "stream" else {"files": {"file": io.BytesIO(b"firstsecond")}}
            assert (await client.post("/", **body)).status_code == status
            assert recorder.operations == [REFRESH]
        assert api.tokens == [first, user.tokens.access_token]
    assert len(api.bodies) == 2 and all(b"firstsecond" in body for body in api.bodies)


async def test_refused_reply_is_closed_before_the_refresh(api: Api) -> None:
    """Its connection is then free for the refresh, if the pool and the API are called through the same client."""
    user, recorder = await signed_in(LocalUserPool())
    events: list[str] = []

    class Body(api.library.AsyncByteStream):  # type: ignore[misc, name-defined]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"refused"

        async def aclose(self) -> None:
            events.append("closed")

    async def refuse_once(request: Any) -> Any:
        return api.library.Response(401, stream=Body()) if len(api.tokens) == 1 else None

    api.before = refuse_once
    inner = cast("httpx.AsyncBaseTransport", recorder.inner)

    class Noting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            events.append("refresh")
            return await inner.handle_async_request(request)

    recorder.inner = Noting()
    async with api.client_of(user) as client:
        assert (await client.get("/")).status_code == 200
    assert events[:2] == ["closed", "refresh"]


async def test_user_without_a_refresh_token_gets_the_refusal(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    api.refuses = lambda token: True
    single = LocalUserPool().user_pool().user_from_access_token(user.tokens.access_token)
    async with api.client_of(single) as client:
        assert (await client.get("/")).status_code == 401
    assert recorder.operations == [] and api.tokens == [user.tokens.access_token]


async def test_id_token_is_sent_on_request(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.id_token
    api.refuses = lambda token: token == first
    async with api.client(BearerAuth(user, token_use="id")) as client:
        assert (await client.get("/")).status_code == 200
    assert api.tokens == [first, user.tokens.id_token] and recorder.operations == [REFRESH]


async def test_id_token_that_expires_first_is_refreshed(api: Api) -> None:
    local = LocalUserPool(client=AppClientSettings(id_token_validity=600))
    user, recorder = await signed_in(local)
    async with api.client(BearerAuth(user, token_use="id")) as client:
        local.clock.advance(600)
        await client.get("/")
    assert recorder.operations == [REFRESH] and api.tokens == [user.tokens.id_token]


async def test_missing_id_token_is_reported(api: Api) -> None:
    user, _ = await signed_in(LocalUserPool())
    single = LocalUserPool().user_pool().user_from_access_token(user.tokens.access_token)
    async with api.client(BearerAuth(single, token_use="id")) as client:
        with pytest.raises(errors.ConfigurationError, match="no ID token"):
            await client.get("/")
    assert api.tokens == []


async def test_one_auth_serves_the_clients_of_both_libraries() -> None:
    user, _ = await signed_in(LocalUserPool())
    auth = BearerAuth(user)
    for each in (Api(httpx), Api(httpx2)):
        async with each.client(auth) as client:
            assert (await client.get("/")).status_code == 200
        assert each.tokens == [user.tokens.access_token]
