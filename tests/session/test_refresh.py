"""Refresh: many callers share one request, no token is lost, and each server gets a flow that it supports."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import MemoryStore, Tokens, UserPool, errors
from tests.support import Answer, adopt, jwt, refusal, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

TOKENS = Tokens(jwt(username="alice", sub="s", exp=1), "id", "old-refresh")
UNKNOWN = refusal("UnknownOperationException", "no such operation")


async def test_refresh_token_stays_if_the_reply_has_none() -> None:
    pool, recorder = scripted(tokens_reply(refresh_token=None), tokens_reply(refresh_token="rotated"))
    user = pool.user_from_tokens(TOKENS)
    assert (await user.refresh()).refresh_token == "old-refresh"
    assert (await user.refresh()).refresh_token == "rotated"
    assert user.tokens.refresh_token == "rotated"
    assert [body["RefreshToken"] for _, body in recorder.calls] == ["old-refresh", "old-refresh"]


async def test_device_key_of_the_access_token_is_sent() -> None:
    tokens = Tokens(jwt(username="alice", device_key="eu-central-1_device"), None, "refresh")
    pool, recorder = scripted(tokens_reply())
    await pool.user_from_tokens(tokens).refresh()
    assert recorder.calls[0][1]["DeviceKey"] == "eu-central-1_device"


@pytest.mark.parametrize(
    "answer",
    [
        UNKNOWN,
        refusal("InvalidAction", "Unknown Cognito IDP action"),
        refusal("CognitoLocal#Unsupported", "Cognito Local unsupported feature", 500),
    ],
)
async def test_fallback_to_the_older_flow_is_remembered(answer: Answer) -> None:
    tokens = Tokens(jwt(username="alice", device_key="dev"), None, "refresh")
    pool, recorder = scripted(answer, tokens_reply(), tokens_reply(), client_secret="s" * 24)
    user = pool.user_from_tokens(tokens)
    await user.refresh()
    await pool.with_options(timeout=5).user_from_tokens(tokens).refresh()
    assert recorder.operations == ["GetTokensFromRefreshToken", "InitiateAuth", "InitiateAuth"]
    parameters = recorder.calls[1][1]["AuthParameters"]
    assert recorder.calls[1][1]["AuthFlow"] == "REFRESH_TOKEN_AUTH"
    assert parameters["REFRESH_TOKEN"] == "refresh" and parameters["DEVICE_KEY"] == "dev"
    from cognito_async.lowlevel import secret_hash

    assert parameters["SECRET_HASH"] == secret_hash("alice", pool.client_id, "s" * 24)


@pytest.mark.parametrize(
    "code",
    [
        "NotAuthorizedException",
        "RefreshTokenReuseException",
        "TokenRevokedException",
        "UserNotFoundException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
    ],
)
@pytest.mark.table
async def test_refusal_ends_the_session_without_another_attempt(code: str) -> None:
    pool, recorder = scripted(refusal(code, "Invalid Refresh Token"))
    user = pool.user_from_tokens(TOKENS)
    with pytest.raises(errors.SessionExpired, match="sign in again: Invalid Refresh Token") as caught:
        await user.refresh()
    assert caught.value.code == code and caught.value.operation == "GetTokensFromRefreshToken"
    assert caught.value.__suppress_context__
    assert len(recorder.calls) == 1


@pytest.mark.parametrize("answer", [refusal("InvalidParameterException", "x"), httpx.ReadError("gone")])
async def test_other_errors_leave_the_session_unchanged(answer: Answer) -> None:
    pool, recorder = scripted(answer)
    user = pool.user_from_tokens(TOKENS)
    with pytest.raises(errors.CognitoError):
        await user.refresh()
    assert user.tokens == TOKENS
    assert len(recorder.calls) == 1, "the refresh token may be spent, so a lost reply must not be retried"


async def test_refresh_flow_option_selects_the_flow() -> None:
    pool, recorder = scripted(tokens_reply(), refresh_flow="REFRESH_TOKEN_AUTH")
    await pool.user_from_tokens(TOKENS).refresh()
    assert recorder.operations == ["InitiateAuth"]
    pool, recorder = scripted(UNKNOWN, refresh_flow="GetTokensFromRefreshToken")
    with pytest.raises(errors.UnknownServiceError):
        await pool.user_from_tokens(TOKENS).refresh()
    with pytest.raises(errors.ConfigurationError, match="refresh_flow"):
        pool.with_options(refresh_flow="other")  # type: ignore[arg-type]


async def test_refresh_without_a_refresh_token_raises() -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.SessionExpired, match="no refresh token"):
        await pool.user_from_access_token(TOKENS.access_token).refresh()
    with pytest.raises(errors.NotSignedIn):
        await pool.user("alice").refresh()
    assert not recorder.calls


@pytest.mark.parametrize("reply", [{}, {"AuthenticationResult": {}}, {"ChallengeName": "SMS_MFA", "Session": "x" * 20}])
async def test_reply_without_tokens_is_refused(reply: dict[str, Any]) -> None:
    pool, _ = scripted(reply)
    user = pool.user_from_tokens(TOKENS)
    with pytest.raises(errors.InvalidReply):
        await user.refresh()
    assert user.tokens == TOKENS


async def test_50_waiters_share_one_request() -> None:
    release = anyio.Event()

    async def server(operation: str, body: dict[str, Any]) -> Answer:
        await release.wait()
        return tokens_reply(refresh_token="rotated")

    pool, recorder = serving(server)
    user, twin = pool.user_from_tokens(TOKENS), pool.user_from_tokens(TOKENS)
    results: list[Tokens] = []

    async def ask(user: Any) -> None:
        results.append(await user.refresh())

    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(ask, twin if number % 2 else user)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert recorder.operations == ["GetTokensFromRefreshToken"]
    assert {tokens.refresh_token for tokens in results} == {"rotated"}
    assert user.tokens == twin.tokens == results[0]


async def _cancelled_at(  # noqa: C901 - a server, a store and a caller in one function
    await_number: int, *, natively: bool
) -> tuple[bool, UserPool, MemoryStore, Any]:
    """Refresh, and cancel at the n-th await. Return whether it was reached, the pool, the store and the user."""
    seen = -1_000  # awaits before the refresh are not counted

    async def server(operation: str, body: dict[str, Any]) -> Answer:
        await step()
        await step()
        return tokens_reply(refresh_token="rotated")

    class SlowStore(MemoryStore):
        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            await step()
            version = await super().save(key, text, expected=expected)
            await step()
            return version

    async def step() -> None:
        nonlocal seen
        seen += 1
        if seen == await_number:
            reached.set()
        for _ in range(5):
            await anyio.lowlevel.checkpoint()

    pool, _ = serving(server)
    store = SlowStore()
    auth = pool.auth(store=store)
    user = pool.user_from_tokens(TOKENS)
    await adopt(auth, user)
    reached = anyio.Event()
    seen = 0

    async def refresh(scope: anyio.CancelScope) -> None:
        with scope:
            await user.refresh()

    if natively:
        task = asyncio.create_task(user.refresh())
        while not reached.is_set() and not task.done():
            await anyio.lowlevel.checkpoint()
        task.cancel()
        await asyncio.wait([task])
    else:
        scope = anyio.CancelScope()
        async with anyio.create_task_group() as group:
            group.start_soon(refresh, scope)
            for _ in range(200):
                if reached.is_set():
                    break
                await anyio.lowlevel.checkpoint()
            scope.cancel()
    return reached.is_set(), pool, store, user


@pytest.mark.parametrize(
    ("anyio_backend", "natively"),
    [("asyncio", False), ("trio", False), ("asyncio", True)],  # trio cancels by scopes only
    ids=["asyncio-scope", "trio-scope", "asyncio-task.cancel"],
)
async def test_rotated_token_survives_a_cancellation_at_every_await(natively: bool) -> None:
    await_number = 1
    while True:
        reached, pool, store, user = await _cancelled_at(await_number, natively=natively)
        if not reached:
            break
        assert user.tokens.refresh_token == "rotated", f"lost when cancelled at await {await_number}"
        stored = await pool.auth(store=store).current_user()
        assert stored.tokens.refresh_token == "rotated", f"not saved when cancelled at await {await_number}"
        await_number += 1
    assert await_number >= 5, "the server and the store must be interrupted at each of their awaits"


async def test_early_cancellation_leaves_tokens_consistent() -> None:
    pool, recorder = scripted(tokens_reply(refresh_token="rotated"))
    user = pool.user_from_tokens(TOKENS)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await user.refresh()
    assert user.tokens.refresh_token in ("old-refresh", "rotated")
    assert len(recorder.calls) == (user.tokens.refresh_token == "rotated"), (
        "after a request, the user must have the new tokens"
    )


async def test_opaque_tokens_are_refreshed() -> None:
    pool, recorder = scripted({"AuthenticationResult": {"AccessToken": "opaque", "RefreshToken": "r"}}, tokens_reply())
    user = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    assert (await user.refresh()).refresh_token == "refresh"
    assert "DeviceKey" not in recorder.calls[1][1]
