"""The web services of the examples answer every refusal, missing cookie, ended session and failure with a status."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

import httpx
import pytest

from cognito_async import RetryPolicy, UserPool
from cognito_async.local import LocalTransport
from tests.fake_aws import CLIENT_ID, PASSWORD, POOL_ID, FakeAws
from tests.test_examples import load

pytestmark = pytest.mark.anyio

LOGIN = {"username": "alice", "password": PASSWORD}
WRONG = {**LOGIN, "password": "Wr0ng-passw0rd!"}
each_service = pytest.mark.parametrize("name", ["fastapi_app", "cookie_session"])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL_ID)
    monkeypatch.setenv("COGNITO_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("SESSION_KEY", "k" * 32)
    return FakeAws(monkeypatch)


@asynccontextmanager
async def browser_of(module: ModuleType) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(module.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://a.example") as browser:
        yield browser


@each_service
@pytest.mark.table
async def test_refused_sign_in_has_a_status(name: str, aws: FakeAws) -> None:
    await aws.add_user("alice")
    await aws.pool.sign_up("bob", PASSWORD, attributes={"email": "bob@example.com"})
    async with browser_of(load(name)) as browser:
        assert (await browser.post("/sign-in", json=LOGIN)).status_code == 200
        cookies = dict(browser.cookies)
        for login, status, error in (
            (WRONG, 401, "NotAuthorizedException"),
            ({**LOGIN, "username": "nobody"}, 400 if name == "fastapi_app" else 401, "UserNotFoundException"),
            ({**LOGIN, "username": "bob"}, 400, "UserNotConfirmedException"),
            ({**LOGIN, "username": ""}, 400, "ConfigurationError"),
        ):
            refused = await browser.post("/sign-in", json=login)
            assert (refused.status_code, refused.json()["error"]) == (status, error)
        assert (await browser.post("/sign-in")).status_code == 422
        assert dict(browser.cookies) == cookies, "a failed sign-in does not end the session of the browser"
        for _ in range(10):
            refused = await browser.post("/sign-in", json=WRONG)
        assert refused.status_code == 401 and "attempts exceeded" in refused.json()["message"]


@each_service
@pytest.mark.parametrize("cookie", [None, "", "x", "a" * 8000])
@pytest.mark.table
async def test_request_without_a_session_is_401(name: str, cookie: str | None, aws: FakeAws) -> None:
    async with browser_of(load(name)) as browser:
        if cookie is not None:
            browser.cookies.update({"session": cookie, "session.0": cookie})
        assert (await browser.get("/me")).status_code == 401
        if name == "cookie_session" or cookie is None:
            assert (await browser.post("/sign-out")).status_code == 401


@each_service
@pytest.mark.parametrize("how", ["revoked", "deleted"])
@pytest.mark.table
async def test_session_that_the_service_has_ended_is_401(name: str, how: str, aws: FakeAws) -> None:
    await aws.add_user("alice")
    async with browser_of(load(name)) as browser:
        await browser.post("/sign-in", json=LOGIN)
        user = (await aws.pool.sign_in("alice", PASSWORD)).user
        await (user.sign_out(global_=True) if how == "revoked" else user.delete())
        assert (await browser.get("/me")).status_code == 401
        if name == "cookie_session":
            assert not browser.cookies
        assert (await browser.post("/sign-out")).status_code == (401 if name == "cookie_session" else 200)
        assert (await browser.get("/me")).status_code == 401


@each_service
@pytest.mark.table
async def test_unreachable_service_is_503_and_keeps_the_session(
    name: str, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load(name)
    monkeypatch.setattr(module, "pool", module.pool.with_options(retry=RetryPolicy(max_attempts=1)))
    await aws.add_user("alice")

    async def down(transport: LocalTransport, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with browser_of(module) as browser:
        await browser.post("/sign-in", json=LOGIN)
        with monkeypatch.context() as patch:
            patch.setattr(LocalTransport, "handle_async_request", down)
            for reply in (await browser.get("/me"), await browser.post("/sign-in", json=LOGIN)):
                assert (reply.status_code, reply.json()["error"]) == (503, "ConnectFailed")
        assert (await browser.get("/me")).json()["email"] == "alice@example.com"
        monkeypatch.setattr(LocalTransport, "handle_async_request", down)
        gone = await browser.post("/sign-out")
        assert (gone.status_code, gone.json()["remote"]) == (200, "failed")
        assert not browser.cookies


async def test_tokens_refreshed_by_a_failed_call_reach_the_browser(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the browser would keep a refresh token that rotation has spent."""
    module = load("cookie_session")
    await aws.add_user("alice")
    respond = LocalTransport.handle_async_request

    async def without_reading(transport: LocalTransport, request: httpx.Request) -> httpx.Response:
        if request.headers["x-amz-target"].endswith(".GetUser"):
            raise httpx.ConnectError("refused")
        return await respond(transport, request)

    monkeypatch.setattr(module, "pool", UserPool(POOL_ID, CLIENT_ID, retry=RetryPolicy(max_attempts=1)))
    async with browser_of(module) as browser:
        await browser.post("/sign-in", json=LOGIN)
        before = dict(browser.cookies)
        with monkeypatch.context() as patch:
            patch.setattr(LocalTransport, "handle_async_request", without_reading)
            patch.setattr("cognito_async._tokens.freshness.Freshness.is_due", lambda fresh, now: True)
            failed = await browser.get("/me")
        assert (failed.status_code, failed.json()["error"]) == (503, "ConnectFailed")
        assert dict(browser.cookies) != before
        assert (await browser.get("/me")).json()["email"] == "alice@example.com"


def test_short_session_key_is_refused_at_the_start(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_KEY", "short")
    with pytest.raises(SystemExit, match="SESSION_KEY must have at least 32 random characters"):
        load("cookie_session")
