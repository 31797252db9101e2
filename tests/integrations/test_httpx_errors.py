"""Errors of a refresh that a request with `BearerAuth` needs, and arguments and clients that it refuses."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

import cognito_async.integrations
from cognito_async import CognitoUser, Tokens, errors
from cognito_async.integrations.httpx import BearerAuth
from cognito_async.local import LocalUserPool
from tests.integrations.api import PASSWORD, URL, Api, signed_in
from tests.support import ACCESS_TOKEN, make_user, scripted

pytestmark = pytest.mark.anyio


async def test_refusal_after_the_session_has_ended_elsewhere_raises_session_expired(api: Api) -> None:
    local = LocalUserPool()
    user, _ = await signed_in(local)
    other = (await local.user_pool().sign_in("alice", PASSWORD)).user
    await other.sign_out(global_=True)
    api.refuses = lambda token: True
    async with api.client_of(user) as client:
        with pytest.raises(errors.SessionExpired):
            await client.get("/")
        with pytest.raises(errors.NotSignedIn):
            await client.get("/")
    assert len(api.tokens) == 1


async def test_sign_out_during_a_refused_request_raises_not_signed_in(api: Api) -> None:
    user, _ = await signed_in(LocalUserPool())

    async def sign_out(request: Any) -> None:
        await user.sign_out()

    api.refuses = lambda token: True
    api.before = sign_out
    async with api.client_of(user) as client:
        with pytest.raises(errors.NotSignedIn):
            await client.get("/")


async def test_failed_refresh_raises_and_the_next_request_tries_again(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.access_token
    api.refuses = lambda token: token == first
    working = recorder.inner

    class Down(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

    recorder.inner = Down()
    async with api.client_of(user) as client:
        with pytest.raises(errors.TransportError):
            await client.get("/")
        recorder.inner = working
        assert (await client.get("/")).status_code == 200


async def test_expired_token_without_a_refresh_token_sends_nothing(api: Api) -> None:
    local = LocalUserPool()
    user, _ = await signed_in(local)
    single = local.user_pool().user_from_access_token(user.tokens.access_token)
    local.clock.advance(3600)
    async with api.client_of(single) as client:
        with pytest.raises(errors.SessionExpired):
            await client.get("/")
    assert api.tokens == []


async def test_user_who_is_not_signed_in_sends_nothing(api: Api) -> None:
    local = LocalUserPool()
    await make_user(local, "alice", PASSWORD)
    async with api.client_of(local.user_pool().user("alice")) as client:
        with pytest.raises(errors.NotSignedIn):
            await client.get("/")
    assert api.tokens == []


@pytest.mark.parametrize("token", ["Mark3r\r\nX-Injected: 1", "Mark3ré", "Mark3r token"])
@pytest.mark.table
async def test_token_that_no_header_can_hold_is_refused_unseen(api: Api, token: str) -> None:
    pool, _ = scripted()
    user = pool.user_from_tokens(Tokens(ACCESS_TOKEN, token, "refresh"))
    async with api.client(BearerAuth(user, token_use="id")) as client:
        with pytest.raises(errors.ConfigurationError, match="cannot be sent") as caught:
            await client.get("/")
    assert "Mark3r" not in str(caught.value) and caught.value.__context__ is None and api.tokens == []


@pytest.mark.parametrize(
    ("user", "options"), [("alice", {}), (None, {}), (CognitoUser("alice"), {"token_use": "refresh"})]
)
def test_invalid_arguments_are_refused(user: Any, options: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"CognitoUser|token_use"):
        BearerAuth(user, **options)


def test_sync_client_is_refused(library: ModuleType) -> None:
    transport = library.MockTransport(lambda request: library.Response(200))
    client = library.Client(auth=BearerAuth(CognitoUser("alice")), transport=transport)
    with client, pytest.raises(errors.ConfigurationError, match="AsyncClient"):
        client.get(URL)


async def test_httpx_works_without_httpx2(monkeypatch: pytest.MonkeyPatch) -> None:
    name = BearerAuth.__module__
    monkeypatch.setitem(sys.modules, "httpx2", None)
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(cognito_async.integrations, "httpx", None)  # so that the import below is undone
    without = importlib.import_module(name).BearerAuth
    assert issubclass(BearerAuth, httpx2.Auth) and without.__bases__ == (httpx.Auth, object)
    user, recorder = await signed_in(LocalUserPool())
    api = Api(httpx)
    first = user.tokens.access_token
    api.refuses = lambda token: token == first
    async with api.client(without(user)) as client:
        assert (await client.post("/", content=b"tea")).status_code == 200
    assert len(recorder.operations) == 1 and api.bodies == [b"tea"] * 2
