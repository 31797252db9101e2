"""`session()` returns valid tokens, refreshes them early, and ends a session only if the service has ended it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import CognitoUser, RetryPolicy, Tokens, UserPool, errors
from cognito_async._session.pool_sessions import PoolSessions
from cognito_async.local import LocalUserPool, MovableClock
from tests.support import Answer, Recorder, jwt, make_user, recording, refusal, serving, tokens_reply

pytestmark = pytest.mark.anyio

HOUR = 3600
ONCE = RetryPolicy(max_attempts=1)


class Service:
    """A service that first returns the prepared `replies`, then issues tokens for an hour with new refresh tokens."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.count = 0
        self.replies: list[Answer] = []

    def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        if self.replies:
            return self.replies.pop(0)
        if operation != "GetTokensFromRefreshToken":
            return {"Username": "alice", "UserAttributes": []}
        self.count += 1
        return tokens_reply(refresh_token=f"refresh-{self.count}", **self.times())

    def times(self, seconds: int = HOUR) -> dict[str, int]:
        now = int(self.clock.now().timestamp())
        return {"iat": now, "exp": now + seconds}

    def tokens(self, seconds: int = HOUR) -> Tokens:
        return Tokens(jwt(username="alice", **self.times(seconds)), None, "refresh-0")


def alice(**options: Any) -> tuple[CognitoUser, Recorder, Service, MovableClock]:
    clock = MovableClock()
    service = Service(clock)
    pool, recorder = serving(service, clock=clock, retry=ONCE, **options)
    return pool.user_from_tokens(service.tokens()), recorder, service, clock


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
    user = _pool_of(user).user_from_tokens(Tokens(user.tokens.access_token, id_token, "refresh-0"))
    clock.advance(590)
    await user.session()
    assert len(recorder.calls) == 1


def _pool_of(user: CognitoUser) -> UserPool:
    pool = object.__new__(UserPool)
    session = user._connected()
    pool._start(PoolSessions(session.client, session.refreshes))
    return pool


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


async def test_200_tasks_with_an_expired_token_share_one_refresh() -> None:
    user, recorder, service, clock = alice()
    pool = _pool_of(user)
    twin = pool.user_from_tokens(service.tokens())
    clock.advance(HOUR + 1)
    release = anyio.Event()

    async def answer(operation: str, body: dict[str, Any]) -> Answer:
        await release.wait()
        return service(operation, body)

    recorder.answers = answer
    got: list[Tokens] = []

    async def ask(user: CognitoUser) -> None:
        got.append(await user.session())

    async with anyio.create_task_group() as group:
        for number in range(200):
            group.start_soon(ask, twin if number % 3 else user)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert recorder.operations == ["GetTokensFromRefreshToken"]
    assert len(got) == 200 and {tokens.refresh_token for tokens in got} == {"refresh-1"}


async def test_older_copy_of_a_session_gets_the_rotated_tokens() -> None:
    """Parallel requests carry the same cookie. A request that comes after the refresh must not look like theft."""
    user, recorder, _, clock = alice()
    pool = _pool_of(user)
    state = user.to_state()
    clock.advance(HOUR)
    await user.session()
    late = pool.user_from_state(state)
    assert await late.session() == user.tokens
    assert (await pool.user_from_state(state).refresh()).refresh_token == "refresh-1"
    clock.advance(30)
    await user.refresh()
    assert (await pool.user_from_state(state).session()).refresh_token == "refresh-2", (
        "the copy must get the newest tokens of the chain"
    )
    assert len(recorder.calls) == 2
    clock.advance(61)
    await pool.user_from_state(state).session()
    assert recorder.calls[-1][1]["RefreshToken"] == "refresh-0", "after a minute, the copy must send its own token"
    assert "refresh" not in repr(pool._users.sessions.refreshes.rotated)


async def test_older_copy_gets_no_expired_tokens() -> None:
    user, recorder, service, clock = alice()
    late = _pool_of(user).user_from_state(user.to_state())
    clock.advance(HOUR)
    service.replies = [tokens_reply(refresh_token="refresh-short", **service.times(20))]
    await user.session()
    clock.advance(21)
    tokens = await late.session()
    assert tokens.expires_at is not None and tokens.expires_at > clock.now()
    assert recorder.calls[-1][1]["RefreshToken"] == "refresh-short", "the newest token of the chain must be sent"


async def test_session_and_its_copy_spend_each_token_once() -> None:
    user, recorder, service, clock = alice()
    late = _pool_of(user).user_from_state(user.to_state())
    clock.advance(HOUR)
    service.replies = [tokens_reply(refresh_token="refresh-short", **service.times(20))]
    await user.session()
    clock.advance(21)

    async def slowly(operation: str, body: dict[str, Any]) -> Answer:
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        return service(operation, body)

    recorder.answers = slowly
    async with anyio.create_task_group() as group:
        for each in (late, user, late):
            group.start_soon(each.session)
    assert [body["RefreshToken"] for _, body in recorder.calls] == ["refresh-0", "refresh-short"]
    assert user.tokens.refresh_token == late.tokens.refresh_token == "refresh-1"


async def test_sign_out_forgets_tokens_cached_for_a_copy() -> None:
    user, recorder, _, clock = alice()
    state = user.to_state()
    clock.advance(HOUR)
    await user.session()
    await user.sign_out()
    await _pool_of(user).user_from_state(state).session()
    assert recorder.operations == ["GetTokensFromRefreshToken", "RevokeToken", "GetTokensFromRefreshToken"]


async def test_sign_out_forgets_tokens_cached_for_an_older_copy() -> None:
    user, recorder, _, clock = alice()
    clock.advance(HOUR)
    state = user.to_state()
    await user.refresh()
    await user.refresh()
    await user.sign_out()
    await _pool_of(user).user_from_state(state).session()
    assert recorder.operations[-1] == "GetTokensFromRefreshToken"


async def test_sign_out_of_an_older_copy_revokes_the_newest_token() -> None:
    user, recorder, _, _ = alice()
    late = _pool_of(user).user_from_state(user.to_state())
    await user.refresh()
    assert (await late.sign_out()).remote == "done"
    assert recorder.calls[-1][1]["Token"] == "refresh-1"


async def test_lost_reply_is_retried_once_rotation_is_known_to_be_off() -> None:
    clock = MovableClock()
    service = Service(clock)
    pool, recorder = serving(service, clock=clock)
    user = pool.user_from_tokens(service.tokens())
    service.replies = [httpx.ReadError("lost"), tokens_reply(refresh_token=None), httpx.ReadError("lost")]
    with pytest.raises(errors.OutcomeUnknown):
        await user.refresh()
    assert (await user.refresh()).refresh_token == "refresh-0"
    assert (await user.refresh()).refresh_token == "refresh-1", "without rotation, a lost reply must be retried"
    assert len(recorder.calls) == 4
    service.replies = [httpx.ReadError("lost")]
    with pytest.raises(errors.OutcomeUnknown):
        await user.refresh()
    assert len(recorder.calls) == 5, "rotation is on again, so the call must not be retried"


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


async def test_call_refused_although_its_token_is_not_expired_is_not_retried() -> None:
    user, recorder, service, _ = alice()
    service.replies.append(refusal("NotAuthorizedException", "Access Token has been revoked"))
    with pytest.raises(errors.NotAuthorizedException):
        await user.attributes()
    assert recorder.operations == ["GetUser"] and user.signed_in


async def test_calls_go_ahead_with_valid_tokens_if_an_early_refresh_fails() -> None:
    user, recorder, service, clock = alice()
    clock.advance(HOUR - 30)
    service.replies.append(httpx.ConnectError("down"))
    await user.attributes()
    assert recorder.operations == ["GetTokensFromRefreshToken", "GetUser"]


async def test_keep_fresh_refreshes_until_the_session_ends() -> None:
    user, recorder, service, clock = alice()
    failures = 0

    def answer(operation: str, body: dict[str, Any]) -> Answer:
        nonlocal failures
        if service.count == 24:
            return refusal("NotAuthorizedException", "Refresh Token has expired")
        failures += 1
        return service(operation, body) if failures % 3 else httpx.ConnectError("down")

    recorder.answers = answer
    begun = clock.now()
    with anyio.fail_after(20):
        await user.keep_fresh()  # its sleeps move the clock
    assert not user.signed_in and service.count == 24
    assert timedelta(hours=21) < clock.now() - begun < timedelta(hours=25)


async def test_keep_fresh_survives_an_expiry_without_network() -> None:
    user, recorder, service, clock = alice()
    clock.advance(2 * HOUR)
    service.replies = [httpx.ConnectError("down")] * 3

    async def stop(operation: str, body: dict[str, Any]) -> Answer:
        answer = service(operation, body)
        if service.count == 1:
            group.cancel_scope.cancel()
        return answer

    recorder.answers = stop
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(user.keep_fresh)
    assert len(recorder.calls) == 4 and user.tokens.refresh_token == "refresh-1"


async def test_keep_fresh_returns_without_a_refresh_token() -> None:
    pool, _ = serving(lambda operation, body: {})
    await pool.user_from_access_token(jwt(username="alice", exp=1)).keep_fresh()
    await pool.user("alice").keep_fresh()


async def test_keep_fresh_of_tokens_without_expiry_waits_for_the_sign_out() -> None:
    class Counting(MovableClock):
        slept = 0

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            self.slept += 1
            if self.slept == 10:
                await user.sign_out()

    pool, recorder = serving(lambda operation, body: {}, clock=Counting())
    user = pool.user_from_tokens(Tokens(jwt(username="alice"), None, "refresh"))
    with anyio.fail_after(5):
        await user.keep_fresh()
    assert recorder.operations == ["RevokeToken"]


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
