"""Deleting an account: first at the service, then locally, even if the caller is cancelled or the store fails."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import (
    CognitoUser,
    DeviceSecret,
    MemoryStore,
    Tokens,
    errors,
)
from cognito_async._stores.store import record_key
from cognito_async.local import LocalUserPool
from tests.support import (
    ACCESS_TOKEN,
    BINDING,
    DEVICE_KEY,
    Answer,
    Recorder,
    adopt,
    make_user,
    refusal,
    scripted,
    serving,
)

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"


async def make_stored_session() -> tuple[CognitoUser, MemoryStore, Recorder, list[Answer]]:
    """Return the current user of an `Auth` with a device, the store, the recorder, and a list of server replies."""
    answers: list[Answer] = []
    pool, recorder = serving(lambda operation, body: answers.pop(0))
    store = MemoryStore()
    user = pool.user_from_tokens(Tokens(ACCESS_TOKEN, None, "refresh"))
    await adopt(pool.auth(store=store), user, DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password"))
    return user, store, recorder, answers


async def stored_entries(store: MemoryStore) -> list[bool]:
    keys = (
        record_key("session", BINDING, "alice"),
        record_key("users", BINDING),
        record_key("device", BINDING, "alice"),
    )
    return [await store.load(key) is not None for key in keys]


async def test_deleted_account_leaves_nothing_locally() -> None:
    user, store, recorder, answers = await make_stored_session()
    assert await stored_entries(store) == [True, True, True]
    answers.append({})
    await user.delete()
    assert recorder.calls == [("DeleteUser", {"AccessToken": ACCESS_TOKEN})]
    assert not user.signed_in and user.device_secret is None
    assert await stored_entries(store) == [False, False, False]
    assert (await user.sign_out()).remote == "none"
    with pytest.raises(errors.NotSignedIn):
        await user.delete()


@pytest.mark.parametrize(
    "answer",
    [
        refusal("InvalidParameterException", "no"),
        refusal("InternalErrorException", status=500),
        httpx.ReadError("gone"),
    ],
)
async def test_failed_deletion_keeps_the_session(answer: Answer) -> None:
    user, store, recorder, answers = await make_stored_session()
    answers.append(answer)
    with pytest.raises(errors.CognitoError):
        await user.delete()
    assert recorder.operations == ["DeleteUser"]
    assert user.signed_in and user.device_secret is not None
    assert await stored_entries(store) == [True, True, True]


async def test_store_error_is_raised_after_the_deletion() -> None:
    class ReadOnlyStore(MemoryStore):
        async def delete(self, key: str) -> None:
            raise OSError("read only")

    pool, recorder = scripted({})
    user = pool.user_from_tokens(Tokens(ACCESS_TOKEN, None, "refresh"))
    await adopt(pool.auth(store=ReadOnlyStore()), user)
    with pytest.raises(OSError, match="read only"):
        await user.delete()
    assert recorder.operations == ["DeleteUser"] and not user.signed_in


async def test_cancelled_deletion_still_clears_the_store() -> None:
    user, store, _, answers = await make_stored_session()
    answers.append({})
    scope = anyio.CancelScope()
    load = store.load

    async def slow(key: str) -> Any:
        scope.cancel()
        await anyio.lowlevel.checkpoint()
        return await load(key)

    store.load = slow  # type: ignore[method-assign]
    with scope:
        await user.delete()
    store.load = load  # type: ignore[method-assign]
    assert scope.cancel_called and await stored_entries(store) == [False, False, False]


async def test_account_is_deleted_at_the_local_pool() -> None:
    local = LocalUserPool()
    await make_user(local)
    auth = local.auth()
    user = (await auth.sign_in("alice", PASSWORD)).user
    other = (await local.user_pool().sign_in("alice", PASSWORD)).user
    await user.delete()
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()
    with pytest.raises(errors.SessionExpired, match="deleted"):
        await other.attributes()
    with pytest.raises(errors.UserNotFoundException):
        await auth.sign_in("alice", PASSWORD)
