"""`Auth`: a current user and a store on top of a `UserPool`."""

from __future__ import annotations

import gc
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

from cognito_async import Auth, CognitoUser, FileStore, MemoryStore, Record, SignOutResult, UserPool, challenges, errors
from cognito_async._stores.store import record_key
from cognito_async.local import LocalUserPool
from tests.support import POOL_ID, make_user, scripted, tokens_reply
from tests.threads import PATIENCE, run_in_threads

pytestmark = pytest.mark.anyio


async def test_current_user_is_the_latest_to_sign_in() -> None:
    local = LocalUserPool()
    await make_user(local, "alice")
    await make_user(local, "bob")
    auth = local.auth()
    with pytest.raises(errors.NoCurrentUser, match="call sign_in first"):
        await auth.current_user()
    alice = await auth.sign_in("alice", "Passw0rd!")
    assert await auth.current_user() is alice.user
    bob = await auth.sign_in("bob", "Passw0rd!")
    assert await auth.current_user() is bob.user
    assert (await alice.user.sign_out()).remote == "done"
    assert await auth.current_user() is bob.user, "the sign-out of another user must not end this session"
    assert (await auth.sign_out()).remote == "done"
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()


async def test_failed_sign_in_keeps_the_current_user() -> None:
    local = LocalUserPool()
    await make_user(local)
    auth = local.auth()
    alice = await auth.sign_in("alice", "Passw0rd!")
    with pytest.raises(errors.NotAuthorizedException):
        await auth.sign_in("alice", "Wrong-passw0rd1")
    assert await auth.current_user() is alice.user


class Failing(MemoryStore):
    """A store that can refuse to save sessions, and keeps what it held after each write."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False
        self.moments: list[dict[str, Record]] = []

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        if self.is_full and key.startswith("session"):
            raise errors.StoreError("no space left")
        version = await super().save(key, text, expected=expected)
        self.moments.append(dict(self._records))
        return version


@pytest.mark.parametrize("before", [["alice"], ["bob", "alice"]], ids=["new", "signed in before"])
async def test_sign_in_that_cannot_be_saved_leaves_the_current_user_of_the_store(before: list[str]) -> None:
    local, store = LocalUserPool(), Failing()
    auth = local.auth(store=store)
    for name in ("alice", "bob"):
        await make_user(local, name)
    for name in before:
        await auth.sign_in(name, "Passw0rd!")
    store.is_full = True
    with pytest.raises(errors.StoreError):
        await auth.sign_in("bob", "Passw0rd!")
    for each in (auth, local.auth(store=store)):
        assert (await each.current_user()).username == "alice"
        assert sorted(user.username for user in await each.users()) == sorted(before)


async def test_crash_during_a_sign_in_leaves_a_current_user() -> None:
    local, store = LocalUserPool(), Failing()
    auth = local.auth(store=store)
    for name in ("alice", "bob"):
        await make_user(local, name)
    await auth.sign_in("alice", "Passw0rd!")
    store.moments.clear()
    await auth.sign_in("bob", "Passw0rd!")
    current: list[str] = []
    for records in store.moments:
        after_crash = MemoryStore()
        for key, record in records.items():
            await after_crash.save(key, record.text)
        current.append((await local.auth(store=after_crash).current_user()).username)
    assert current == ["alice", "alice", "bob"]


def test_threads_get_one_user_object_for_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(CognitoUser):
        __slots__ = ()

        def __init__(self, *arguments: Any, **more: Any) -> None:
            for _ in range(10):
                time.sleep(0)  # lets other threads run
            super().__init__(*arguments, **more)

    local, together = LocalUserPool(), threading.Barrier(4)
    auth = local.auth()

    async def sign_in() -> None:
        await make_user(local)
        await auth.sign_in("alice", "Passw0rd!")

    async def current_user() -> CognitoUser:
        together.wait(PATIENCE)
        return await auth.current_user()

    run_in_threads(sign_in)
    gc.collect()  # no object of this user must be left, so that the threads make one
    monkeypatch.setattr("cognito_async._facade.users.CognitoUser", Slow)
    found = run_in_threads(*[current_user] * 4)
    assert isinstance(found[0], Slow) and len(set(map(id, found))) == 1


async def test_session_is_restored_from_the_store(tmp_path: Path) -> None:
    local = LocalUserPool()
    await make_user(local)
    path = tmp_path / "tokens.json"
    first = await local.auth(store=FileStore(path)).sign_in("alice", "Passw0rd!")
    again = local.auth(store=FileStore(path))
    user = await again.current_user()
    assert (user.username, user.tokens) == ("alice", first.tokens)
    await user.refresh()
    third = await local.auth(store=FileStore(path)).current_user()
    assert third.tokens == user.tokens != first.tokens
    assert await again.sign_out() == SignOutResult(remote="done")
    with pytest.raises(errors.NoCurrentUser):
        await local.auth(store=FileStore(path)).current_user()


async def test_last_challenge_answer_sets_the_current_user() -> None:
    challenge = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
    pool, _ = scripted(challenge, tokens_reply(), challenge, tokens_reply())
    auth = pool.auth()
    result = await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()
    assert isinstance(result.challenge, challenges.SmsMfa)
    finished = await result.challenge.answer("123456")
    assert await auth.current_user() is finished.user

    other = pool.auth()
    waiting = await other.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert waiting.challenge is not None
    resumed = other.resume(waiting.challenge.to_state())
    assert isinstance(resumed, challenges.SmsMfa)
    assert (await resumed.answer("1")).user is await other.current_user()


async def test_refresh_is_saved_under_the_canonical_name() -> None:
    pool, _ = scripted(tokens_reply(), tokens_reply(refresh_token="rotated"))
    store = MemoryStore()
    auth = pool.auth(store=store)
    result = await auth.sign_in("alias@example.com", "p", flow="USER_PASSWORD_AUTH")
    await result.user.refresh()
    record = await store.load(record_key("session", (pool.user_pool_id, pool.client_id), "alice"))
    assert record is not None
    assert pool.user_from_state(record.text).tokens.refresh_token == "rotated"


@pytest.mark.parametrize("text", ["ca1.p.e30=", "nonsense", ""])
async def test_unreadable_stored_session_raises_a_clear_error(text: str) -> None:
    pool, _ = scripted()
    binding = (pool.user_pool_id, pool.client_id)
    store = MemoryStore()
    await store.save(record_key("users", binding), '{"current": "alice", "users": ["alice"]}')
    with pytest.raises(errors.NoCurrentUser):
        await pool.auth(store=store).current_user()
    await store.save(record_key("session", binding, "alice"), text)
    with pytest.raises(errors.ConfigurationError, match="this state cannot be used"):
        await pool.auth(store=store).current_user()
    assert repr(store) == "MemoryStore(<2 records>)"
    assert "nonsense" not in repr(Record("nonsense", 1))


async def test_auth_closes_only_its_own_pool() -> None:
    closed = []

    class Client:
        async def aclose(self) -> None:
            closed.append(True)

    async with Auth(POOL_ID, "client", endpoint="http://127.0.0.1:1") as auth:
        assert repr(auth) == f"Auth('{POOL_ID}', 'client')"
        auth.pool.aclose = Client().aclose  # type: ignore[method-assign]
    assert closed == [True]
    borrowed = auth.pool.auth()
    await borrowed.aclose()
    assert closed == [True]


def test_auth_takes_the_arguments_of_a_user_pool() -> None:
    with pytest.raises(errors.ConfigurationError, match="user_pool_id"):
        Auth("", "client")
    auth = Auth(POOL_ID, "client", client_secret="s" * 24, region="eu-central-1", timeout=None)
    assert auth.pool.user_pool_id == POOL_ID and auth.pool.client_id == "client"


@pytest.mark.parametrize("face", [Auth, UserPool])
def test_repr_works_in_a_traceback_after_refused_arguments(face: type[Auth | UserPool]) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        face("", "client")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert f"{face.__name__}(<refused arguments>)" in "".join(shown.format())
