"""Sign-out always ends the local session, and reports correctly what happened at the service."""

from __future__ import annotations

from copy import copy
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import FileStore, MemoryStore, RetryPolicy, SignOutResult, Tokens, UserPool, errors
from cognito_async.local import AppClientSettings, LocalUserPool, MovableClock
from tests.support import CLIENT_ID, POOL_ID, Answer, adopt, jwt, make_user, refusal, scripted, serving

pytestmark = pytest.mark.anyio

FRESH = Tokens(jwt(username="alice", exp=4_000_000_000), None, "refresh")
EXPIRED = Tokens(jwt(username="alice", exp=1), None, "refresh")
LOST = httpx.ReadError("gone")
UNREACHABLE = httpx.ConnectError("no route")


@pytest.mark.parametrize(
    ("everywhere", "answer", "remote"),
    [
        (False, {}, "done"),
        (False, refusal("NotAuthorizedException", "Refresh Token has been revoked"), "already"),
        (False, refusal("UserNotFoundException", "User does not exist."), "already"),
        (False, refusal("UnsupportedOperationException", "Revocation is off"), "failed"),
        (False, refusal("UnauthorizedException", "Wrong secret"), "failed"),
        (False, refusal("TooManyRequestsException", "Rate exceeded"), "failed"),
        (False, LOST, "unknown"),
        (False, UNREACHABLE, "failed"),
        (True, {}, "done"),
        (True, refusal("NotAuthorizedException", "Access Token has been revoked"), "unknown"),
        (True, refusal("UserNotFoundException", "User does not exist."), "already"),
        (True, refusal("LimitExceededException", "Later"), "failed"),
        (True, LOST, "unknown"),
        (True, UNREACHABLE, "failed"),
    ],
)
@pytest.mark.table
async def test_remote_outcome_matches_the_reply(everywhere: bool, answer: Answer, remote: str) -> None:
    pool, recorder = serving(lambda operation, body: answer)
    user = pool.user_from_tokens(FRESH)
    result = await user.sign_out(global_=everywhere)
    assert result.remote == remote
    assert (result.error is None) == (remote == "done")
    assert not user.signed_in
    assert set(recorder.operations) == {"GlobalSignOut" if everywhere else "RevokeToken"}


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize(
    ("answers", "remote"),
    [
        ([LOST, UNREACHABLE], "unknown"),
        ([LOST, refusal("TooManyRequestsException", "Rate exceeded")], "unknown"),
        ([LOST, refusal("TooManyRequestsException", "Rate exceeded"), UNREACHABLE], "unknown"),
        ([LOST, refusal("InternalErrorException", "Later", 500)], "unknown"),
        ([UNREACHABLE, LOST], "unknown"),
        ([LOST, {}], "done"),
        ([UNREACHABLE, refusal("TooManyRequestsException", "Rate exceeded")], "failed"),
    ],
)
@pytest.mark.table
async def test_sign_out_is_unknown_if_any_reply_was_lost(everywhere: bool, answers: list[Answer], remote: str) -> None:
    pool, recorder = scripted(*answers, retry=RetryPolicy(max_attempts=len(answers), base_delay=0))
    result = await pool.user_from_tokens(FRESH).sign_out(global_=everywhere)
    assert result.remote == remote
    assert not isinstance(result.error, errors.ConnectFailed)
    assert len(recorder.calls) == len(answers)


@pytest.mark.usefixtures("connection")
async def test_sign_out_is_unknown_if_an_idle_connection_ends_and_the_next_attempt_is_refused(serve: Any) -> None:
    received: list[int] = []

    async def handler(connection: Any) -> None:
        while connection.number not in received[1:]:
            await connection.request()
            received.append(connection.number)
            if received == [1]:
                await connection.reply()
            elif connection.number == 2:
                await connection.reply(b'{"__type": "TooManyRequestsException"}', status=400)

    async with (
        serve(handler) as url,
        UserPool(POOL_ID, CLIENT_ID, endpoint=url, retry=RetryPolicy(max_attempts=1)) as pool,
    ):
        assert (await pool.user_from_tokens(FRESH).sign_out()).remote == "done"
        result = await pool.user_from_tokens(FRESH).sign_out()
    assert (result.remote, received) == ("unknown", [1, 1, 2])
    assert isinstance(result.error, errors.TooManyRequestsException)


async def test_global_sign_out_refreshes_an_expired_access_token() -> None:
    refreshed = {"AuthenticationResult": {"AccessToken": jwt(username="alice", exp=4_000_000_000)}}
    pool, recorder = scripted(refreshed, {})
    assert (await pool.user_from_tokens(EXPIRED).sign_out(global_=True)).remote == "done"
    assert recorder.calls[1] == ("GlobalSignOut", {"AccessToken": refreshed["AuthenticationResult"]["AccessToken"]})


async def test_global_sign_out_of_a_revoked_session_reports_unknown() -> None:
    pool, _ = scripted(refusal("NotAuthorizedException", "Refresh Token has been revoked"))
    result = await pool.user_from_tokens(EXPIRED).sign_out(global_=True)
    assert result.remote == "unknown" and isinstance(result.error, errors.SessionExpired)


async def test_access_token_alone_can_only_sign_out_globally() -> None:
    pool, recorder = serving(lambda operation, body: {})
    assert await pool.user_from_access_token(FRESH.access_token).sign_out() == SignOutResult(remote="none")
    assert await pool.user_from_access_token(FRESH.access_token).sign_out(global_=True) == SignOutResult(remote="done")
    assert recorder.operations == ["GlobalSignOut"]


async def test_sign_out_without_a_session_sends_nothing() -> None:
    pool, recorder = serving(lambda operation, body: {})
    user = pool.user_from_tokens(FRESH)
    assert (await user.sign_out()).remote == "done"
    assert (await user.sign_out()).remote == "none"
    assert (await pool.user("alice").sign_out(global_=True)).remote == "none"
    assert (await pool.auth().sign_out()).remote == "none"
    assert (await copy(user).sign_out()).remote == "none", "a copy must have no session"
    assert recorder.operations == ["RevokeToken"]


async def test_invalid_timeout_is_refused_and_the_session_stays() -> None:
    pool, recorder = serving(lambda operation, body: {})
    user = pool.user_from_tokens(FRESH)
    with pytest.raises(errors.ConfigurationError, match="timeout"):
        await user.sign_out(timeout=0)
    assert user.signed_in and not recorder.calls


async def test_timeout_at_the_service_still_ends_the_local_session() -> None:
    async def never(operation: str, body: dict[str, Any]) -> Answer:
        pool._client.clock.advance(5)  # type: ignore[attr-defined]
        await anyio.sleep_forever()
        raise AssertionError

    pool, _ = serving(never)
    user = pool.user_from_tokens(FRESH)
    result = await user.sign_out(timeout=3)
    assert result.remote == "unknown" and isinstance(result.error, errors.CallTimeout)
    assert not user.signed_in


async def test_cancelled_sign_out_ends_the_local_session() -> None:
    async def never(operation: str, body: dict[str, Any]) -> Answer:
        scope.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    pool, _ = serving(never)
    store = MemoryStore()
    auth = pool.auth(store=store)
    user = pool.user_from_tokens(FRESH)
    await adopt(auth, user)
    with anyio.CancelScope() as scope:
        await auth.sign_out()
    assert scope.cancelled_caught and not user.signed_in
    with pytest.raises(errors.NoCurrentUser):
        await pool.auth(store=store).current_user()


async def test_sign_out_reports_failed_if_the_pool_has_no_revocation() -> None:
    local = LocalUserPool(client=AppClientSettings(enable_token_revocation=False))
    await make_user(local)
    result = await local.auth().sign_in("alice", "Passw0rd!")
    ended = await result.user.sign_out()
    assert ended.remote == "failed" and isinstance(ended.error, errors.UnsupportedOperationException)


async def test_sign_out_during_a_refresh_revokes_the_newest_token() -> None:
    """The rotated token must be revoked, and must not restore the session."""
    asked, release = anyio.Event(), anyio.Event()

    async def server(operation: str, body: dict[str, Any]) -> Answer:
        if operation == "GetTokensFromRefreshToken":
            asked.set()
            await release.wait()
            access_token = jwt(username="alice", exp=4_000_000_000)
            return {"AuthenticationResult": {"AccessToken": access_token, "RefreshToken": "rotated"}}
        return {}

    pool, recorder = serving(server)
    store = MemoryStore()
    auth = pool.auth(store=store)
    user = pool.user_from_tokens(FRESH)
    await adopt(auth, user)
    outcome: list[SignOutResult] = []

    async def sign_out() -> None:
        outcome.append(await auth.sign_out())

    async def refresh() -> None:
        with pytest.raises(errors.NotSignedIn, match="signed out during the call"):
            await user.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(refresh)
        await asked.wait()
        group.start_soon(sign_out)
        await anyio.wait_all_tasks_blocked()
        assert not user.signed_in, "the local session must end without waiting for the network"
        release.set()
    assert outcome == [SignOutResult(remote="done")]
    assert recorder.calls[-1][1]["Token"] == "rotated"
    assert not user.signed_in
    with pytest.raises(errors.NoCurrentUser):
        await pool.auth(store=store).current_user()


async def test_hanging_refresh_does_not_delay_the_sign_out() -> None:
    clock = MovableClock()

    async def never(operation: str, body: dict[str, Any]) -> Answer:
        clock.advance(5)
        await anyio.sleep_forever()
        raise AssertionError

    pool, recorder = serving(never, clock=clock, timeout=60)
    user = pool.user_from_tokens(FRESH)
    outcome: list[SignOutResult] = []
    ended = anyio.Event()

    async def sign_out() -> None:
        outcome.append(await user.sign_out(timeout=10))
        ended.set()

    async def refresh() -> None:
        with pytest.raises(errors.OutcomeUnknown):
            await user.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(sign_out)
        await anyio.wait_all_tasks_blocked()
        clock.advance(11)
        with anyio.move_on_after(5):
            await ended.wait()
        seen = [result.remote for result in outcome]
        clock.advance(60)  # let the refresh end too, so that the task group can finish
    assert seen == ["unknown"] and not user.signed_in
    assert recorder.operations == ["GetTokensFromRefreshToken", "RevokeToken"]


async def test_device_record_survives_a_sign_out(tmp_path: Any) -> None:
    from cognito_async._stores.store import record_key

    local = LocalUserPool()
    await make_user(local)
    store = FileStore(tmp_path / "tokens.json")
    auth = local.auth(store=store)
    binding = (local.settings.id, local.client.id)
    await store.save(record_key("device", binding, "alice"), "device")
    await auth.sign_in("alice", "Passw0rd!")
    await auth.sign_out()
    assert await store.load(record_key("session", binding, "alice")) is None
    assert await store.load(record_key("users", binding)) is None
    assert await store.load(record_key("device", binding, "alice")) is not None


@pytest.mark.parametrize("by", ["auth", "user"])
async def test_next_sign_out_retries_a_failed_removal(by: str) -> None:
    class Stubborn(MemoryStore):
        is_full = True

        async def delete(self, key: str) -> None:
            if self.is_full:
                raise OSError("disk on fire")
            await super().delete(key)

    local = LocalUserPool()
    await make_user(local)
    store = Stubborn()
    auth = local.auth(store=store)
    user = (await auth.sign_in("alice", "Passw0rd!")).user
    ending = auth.sign_out if by == "auth" else user.sign_out
    for _ in range(2):
        with pytest.raises(OSError, match="disk on fire"):
            await ending()
        assert not user.signed_in
        with pytest.raises(errors.NoCurrentUser):
            await auth.current_user()
    store.is_full = False
    assert await ending() == SignOutResult(remote="none")
    assert repr(store) == "MemoryStore(<0 records>)"
    assert await ending() == SignOutResult(remote="none")
