"""Known bugs of Amplify that this package must not have: calls that never end, sessions stored under the wrong user,
and decisions by the words of an error message. Tests of its other known bugs are in the files of their subjects.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from cognito_async import CognitoUser, DeviceSecret, MemoryStore, Tokens, errors
from cognito_async._stores.store import record_key
from cognito_async.local import MovableClock
from tests.support import BINDING, DEVICE_KEY, USER_CALLS, Answer, jwt, refusal, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

Call = Callable[[CognitoUser], Awaitable[Any]]


@pytest.mark.parametrize("call", USER_CALLS.values(), ids=USER_CALLS)
@pytest.mark.table
async def test_ended_session_fails_every_call_after_one_request(call: Call) -> None:
    pool, recorder = scripted(refusal("NotAuthorizedException", "Refresh Token has been revoked"))
    with pytest.raises(errors.SessionExpired, match="sign in again"):
        await call(pool.user_from_tokens(Tokens(jwt(username="alice", exp=1), None, "refresh")))
    assert recorder.operations == ["GetTokensFromRefreshToken"]


@pytest.mark.parametrize("call", USER_CALLS.values(), ids=USER_CALLS)
@pytest.mark.table
async def test_every_call_times_out_if_the_service_hangs(call: Call) -> None:
    clock = MovableClock()
    asked = anyio.Event()

    async def silent(operation: str, body: dict[str, Any]) -> Answer:
        asked.set()
        await anyio.sleep_forever()
        raise AssertionError

    pool, _ = serving(silent, clock=clock, timeout=5)
    user = pool.user_from_tokens(Tokens(jwt(username="alice", exp=4_000_000_000), None, "refresh"))
    ended: list[bool] = []

    async def run() -> None:
        with pytest.raises((errors.CallTimeout, errors.OutcomeUnknown)):
            await call(user)
        ended.append(True)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await asked.wait()
        clock.advance(6)
    assert ended


async def test_refresh_is_stored_under_its_own_user() -> None:
    def answer(operation: str, body: dict[str, Any]) -> Answer:
        name = body["AuthParameters"]["USERNAME"] if operation == "InitiateAuth" else body["RefreshToken"]
        return tokens_reply(username=name, sub=f"{name}-sub", refresh_token=name)

    pool, _ = serving(answer)
    store = MemoryStore()
    auth = pool.auth(store=store)
    alice = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    bob = (await auth.sign_in("bob", "p", flow="USER_PASSWORD_AUTH")).user
    for _ in range(2):
        async with anyio.create_task_group() as group:
            group.start_soon(alice.refresh)
            group.start_soon(bob.refresh)
    assert await auth.current_user() is bob
    for user in (alice, bob):
        assert user.tokens.unverified_access_claims["username"] == user.username
        record = await store.load(record_key("session", BINDING, user.username))
        assert record is not None
        assert pool.user_from_state(record.text).tokens.refresh_token == user.username


WORDS = ["", "Gerät unbekannt.", "User pool client does not exist.", "Invalid session", "x" * 5000]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.table
async def test_deleted_device_is_recognized_by_the_error_type(words: str) -> None:
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")
    pool, recorder = scripted(refusal("ResourceNotFoundException", words), tokens_reply())
    assert (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", device=device)).signed_in
    assert len(recorder.calls) == 2


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.table
async def test_ended_session_is_recognized_by_the_error_type(words: str) -> None:
    pool, recorder = serving(lambda operation, body: refusal("NotAuthorizedException", words))
    user = pool.user_from_tokens(Tokens(jwt(username="alice"), None, "refresh"))
    with pytest.raises(errors.SessionExpired):
        await user.refresh()
    assert not user.signed_in and (await user.sign_out()).remote == "none"
    assert len(recorder.calls) == 1


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.table
async def test_refused_answer_is_recognized_by_the_error_type(words: str) -> None:
    sms = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
    for code in ("CodeMismatchException", "ExpiredCodeException", "NotAuthorizedException", "NotYetInvented"):
        pool, recorder = scripted(sms, refusal(code, words), tokens_reply())
        challenge: Any = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
        with pytest.raises(getattr(errors, code, errors.UnknownServiceError)) as caught:
            await challenge.answer("123456")
        assert caught.value.code == code and len(recorder.calls) == 2
        assert (await challenge.answer("123456")).signed_in


@pytest.mark.parametrize("everywhere", [False, True])
async def test_sign_out_clears_the_store_although_every_call_fails(everywhere: bool) -> None:
    """Amplify v5 keeps the tokens if a refresh fails first; v6 reports a failed global sign-out as a success."""
    clock = MovableClock()
    down = False
    now = int(clock.now().timestamp())

    def answer(operation: str, body: dict[str, Any]) -> Answer:
        return refusal("InternalErrorException", status=500) if down else tokens_reply(iat=now, exp=now + 3600)

    pool, _ = serving(answer, clock=clock)
    store = MemoryStore()
    auth = pool.auth(store=store)
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    clock.advance(7200)
    down = True
    result = await auth.sign_out(global_=everywhere)
    assert result.remote == "failed" and result.error is not None
    assert repr(store) == "MemoryStore(<0 records>)"
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()


async def test_expired_tokens_do_not_set_the_clock() -> None:
    """amazon-cognito-identity-js computes the clock's drift from any tokens; expired ones then look valid forever."""
    clock = MovableClock()
    now = int(clock.now().timestamp())
    pool, recorder = serving(lambda operation, body: tokens_reply(iat=now, exp=now + 3600), clock=clock)
    old = Tokens(jwt(username="alice", iat=now - 7200, exp=now - 3600), None, "refresh")
    state = pool.user_from_tokens(old).to_state()
    assert (await pool.user_from_state(state).session()).expires_at != old.expires_at
    assert recorder.operations == ["GetTokensFromRefreshToken"]


async def test_sessions_are_not_refreshed_in_the_background() -> None:
    """A background refresh in a service would use up the one-time refresh token that a browser holds."""
    clock = MovableClock()
    now = int(clock.now().timestamp())
    pool, recorder = serving(lambda operation, body: tokens_reply(iat=now, exp=now + 3600), clock=clock)
    auth = pool.auth()
    user = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    clock.advance(7200)
    await anyio.wait_all_tasks_blocked()
    assert (await auth.current_user()) is user and (await auth.users()) == [user] and user.to_state()
    assert recorder.operations == ["InitiateAuth"]
