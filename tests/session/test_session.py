"""`session()` returns valid tokens, refreshes them early, and ends a session only if the service has ended it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import Tokens, errors
from cognito_async.local import LocalUserPool, MovableClock
from tests.session.token_service import HOUR, ONCE, Service, alice, pool_of
from tests.support import Answer, jwt, make_user, recording, refusal, serving, tokens_reply

pytestmark = pytest.mark.anyio


async def test_tokens_are_refreshed_only_in_their_last_minutes() -> None:
    user, recorder, _, clock = alice()
    before = user.tokens
    clock.advance(HOUR - 301)
    assert await user.session() is before and not recorder.calls
    clock.advance(242)  # 59 seconds are left; the latest refresh is due 60 seconds before the expiry
    after = await user.session()
    assert after is user.tokens and after.refresh_token == "refresh-1"
    assert await user.session() is after
    assert recorder.operations == ["GetTokensFromRefreshToken"]


async def test_refresh_time_is_random_for_each_session() -> None:
    times: list[float] = []
    for _ in range(12):
        user, recorder, _, clock = alice()
        clock.advance(HOUR - 300)
        left = 300.0
        while not recorder.calls:
            await user.session()
            clock.advance(1)
            left -= 1
        times.append(left)
    assert all(58 <= left <= 300 for left in times)
    assert len(set(times)) > 3, "sessions must not all refresh at the same time"


async def test_short_lived_tokens_are_refreshed_shortly_before_they_expire() -> None:
    clock = MovableClock()
    service = Service(clock)
    pool, recorder = serving(service, clock=clock)
    user = pool.user_from_tokens(service.tokens(300))
    clock.advance(239)
    await user.session()
    assert not recorder.calls
    clock.advance(47)
    await user.session()
    assert len(recorder.calls) == 1


async def test_id_token_that_expires_first_triggers_the_refresh() -> None:
    user, recorder, service, clock = alice()
    id_token = jwt(**service.times(600))
    user = pool_of(user).user_from_tokens(Tokens(user.tokens.access_token, id_token, "refresh-0"))
    clock.advance(590)
    await user.session()
    assert len(recorder.calls) == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("down"),
        httpx.ReadError("lost"),
        refusal("TooManyRequestsException", "Rate exceeded"),
        refusal("InternalErrorException", "oops", 500),
        (502, {}),
        refusal("ResourceNotFoundException", "User pool client does not exist."),
    ],
)
@pytest.mark.table
async def test_failed_refresh_leaves_a_valid_access_token_usable(failure: Answer) -> None:
    user, recorder, service, clock = alice()
    before = user.tokens
    clock.advance(HOUR - 30)
    service.replies.append(failure)
    assert await user.session() is before
    assert await user.session() is before and len(recorder.calls) == 1, "the next attempt must come a few seconds later"
    clock.advance(16)
    assert (await user.session()).refresh_token == "refresh-1"


async def test_failed_refresh_of_an_expired_token_is_raised() -> None:
    user, _, service, clock = alice()
    clock.advance(HOUR + 1)
    service.replies += [httpx.ConnectError("down"), refusal("TooManyRequestsException")]
    with pytest.raises(errors.ConnectFailed):
        await user.session()
    with pytest.raises(errors.TooManyRequestsException):
        await user.session()
    assert user.signed_in
    assert (await user.session()).refresh_token == "refresh-1"


async def test_network_failure_pauses_early_refreshes_of_all_sessions() -> None:
    clock = MovableClock()
    service = Service(clock)
    pool, recorder = serving(service, clock=clock, retry=ONCE)
    users = [pool.user_from_tokens(service.tokens()) for _ in range(50)]
    clock.advance(HOUR - 30)
    service.replies.append(httpx.ConnectError("down"))
    for user in users:
        assert await user.session() is user.tokens
    assert len(recorder.calls) == 1


@pytest.mark.parametrize("code", ["NotAuthorizedException", "RefreshTokenReuseException", "UserNotFoundException"])
async def test_refused_refresh_token_ends_the_session(code: str) -> None:
    user, recorder, service, clock = alice()
    clock.advance(HOUR - 30)
    service.replies.append(refusal(code, "Refresh Token has been revoked"))
    with pytest.raises(errors.SessionExpired, match="sign in again") as caught:
        await user.session()
    assert caught.value.code == code and not user.signed_in
    with pytest.raises(errors.NotSignedIn):
        await user.session()
    assert len(recorder.calls) == 1


async def test_wrong_client_secret_does_not_end_the_session() -> None:
    user, _, service, clock = alice(client_secret="s" * 24)
    clock.advance(HOUR + 1)
    service.replies.append(refusal("NotAuthorizedException", "Unable to verify client secret for client"))
    with pytest.raises(errors.NotAuthorizedException):
        await user.session()
    assert user.signed_in


async def test_access_token_without_refresh_token_is_valid_until_expiry() -> None:
    # A fixed clock at a whole second, because the expiry of a token is a whole second.
    clock = MovableClock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    service = Service(clock)
    pool, recorder = serving(service, clock=clock)
    user = pool.user_from_access_token(jwt(username="alice", **service.times()))
    clock.advance(HOUR - 1)
    assert await user.session() is user.tokens
    clock.advance(1)
    with pytest.raises(errors.SessionExpired, match="no refresh token"):
        await user.session()
    assert user.signed_in and not recorder.calls
    with pytest.raises(errors.NotSignedIn):
        await pool.user("alice").session()


async def test_tokens_without_expiry_are_not_refreshed() -> None:
    pool, recorder = serving(lambda operation, body: tokens_reply())
    user = pool.user_from_tokens(Tokens(jwt(username="alice"), "no-jwt", "refresh"))
    assert await user.session() is user.tokens and not recorder.calls


async def test_metadata_and_user_context_are_sent() -> None:
    from cognito_async import UserContext

    user, recorder, _, clock = alice(refresh_flow="REFRESH_TOKEN_AUTH")
    clock.advance(HOUR)
    recorder.answers = lambda operation, body: tokens_reply(refresh_token=None)
    await user.session(client_metadata={"why": "test"}, user_context=UserContext(ip_address="203.0.113.7"))
    body = recorder.calls[0][1]
    assert body["ClientMetadata"] == {"why": "test"} and body["UserContextData"] == {"IpAddress": "203.0.113.7"}


async def test_sign_out_during_a_refresh_withholds_the_new_tokens() -> None:
    user, recorder, service, clock = alice()
    clock.advance(HOUR)
    asked, release = anyio.Event(), anyio.Event()

    async def answer(operation: str, body: dict[str, Any]) -> Answer:
        if operation == "GetTokensFromRefreshToken":
            asked.set()
            await release.wait()
        return service(operation, body)

    recorder.answers = answer

    async def ask() -> None:
        with pytest.raises(errors.NotSignedIn, match="signed out during the call"):
            await user.session()

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await asked.wait()
        group.start_soon(user.sign_out)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert recorder.calls[-1][1]["Token"] == "refresh-1", "the new token must be revoked"


@pytest.mark.parametrize("hours", [-1, 1])
async def test_expiry_follows_the_clock_of_the_service(hours: int) -> None:
    class Wrong(MovableClock):
        def now(self) -> Any:
            return local.clock.now() + timedelta(hours=hours)

        def monotonic(self) -> float:
            return local.clock.monotonic()

    local = LocalUserPool()
    await make_user(local)
    with recording(local, clock=Wrong()) as (pool, recorder):
        user = (await pool.sign_in("alice", "Passw0rd!")).user
        begun = len(recorder.calls)
        local.clock.advance(HOUR - 310)
        await user.session()
        assert len(recorder.calls) == begun
        local.clock.advance(300)
        await user.session()
        assert recorder.operations[begun:] == ["GetTokensFromRefreshToken"]
        state = user.to_state()
    local.clock.advance(HOUR + 60)
    with recording(local, clock=Wrong()) as (pool, recorder):
        again = pool.user_from_state(state)  # a new process does not know the service's time yet
        assert (await again.attributes())["email"] == "alice@example.com"
        assert recorder.operations.count("GetTokensFromRefreshToken") == 1


async def test_calls_go_ahead_with_valid_tokens_if_an_early_refresh_fails() -> None:
    user, recorder, service, clock = alice()
    clock.advance(HOUR - 30)
    service.replies.append(httpx.ConnectError("down"))
    await user.attributes()
    assert recorder.operations == ["GetTokensFromRefreshToken", "GetUser"]


async def test_refusal_of_one_user_does_not_pause_other_sessions() -> None:
    """For example, a trigger refuses one user permanently."""
    clock = MovableClock()
    service = Service(clock)
    pool, recorder = serving(service, clock=clock, retry=ONCE)
    unlucky, lucky = (
        pool.user_from_tokens(Tokens(service.tokens().access_token, None, name)) for name in ("unlucky", "lucky")
    )
    clock.advance(HOUR - 30)
    service.replies.append(refusal("UserLambdaValidationException", "PreTokenGeneration failed with error no"))
    before = unlucky.tokens
    assert await unlucky.session() is before
    assert (await lucky.session()).refresh_token == "refresh-1"
    assert await unlucky.session() is before and len(recorder.calls) == 2
    clock.advance(16)
    assert (await unlucky.session()).refresh_token == "refresh-2"
