"""`Auth`: a current user and a store on top of a `UserPool`."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from cognito_async import Auth, FileStore, MemoryStore, Record, SignOutResult, UserPool, challenges, errors
from cognito_async._stores.store import record_key
from cognito_async.local import LocalUserPool
from tests.support import POOL_ID, make_user, scripted, tokens_reply

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
