"""Concurrent sign-ins, refreshes and sign-outs: in the end memory, store and service agree."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import Auth, CognitoUser, MemoryStore, SignOutResult, Tokens, UserPool, errors
from cognito_async._stores.store import Record, record_key
from cognito_async.local import MovableClock
from tests.support import CLIENT_ID, POOL_ID, Answer, Recorder, jwt, serving, tokens_reply

pytestmark = pytest.mark.anyio

SESSION = record_key("session", (POOL_ID, CLIENT_ID), "alice")
CURRENT = record_key("users", (POOL_ID, CLIENT_ID))


class SlowStore(MemoryStore):
    """A store whose methods wait after a call of `hold`, or fail if they are in `failing`."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: dict[str, anyio.Event] = {}
        self.reached: dict[str, anyio.Event] = {}
        self.failing: set[str] = set()

    def hold(self, method: str) -> anyio.Event:
        """Let this method wait from now on, until the returned event is set."""
        self.gates[method], self.reached[method] = anyio.Event(), anyio.Event()
        return self.gates[method]

    async def _pass(self, method: str) -> None:
        if method in self.failing:
            raise OSError("disk on fire")
        if method in self.gates:
            self.reached[method].set()
            await self.gates[method].wait()

    async def load(self, key: str) -> Record | None:
        found = await super().load(key)
        await self._pass("load")
        return found

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        await self._pass("save")
        return await super().save(key, text, expected=expected)

    async def delete(self, key: str) -> None:
        await self._pass("delete")
        await super().delete(key)


def rotating(**options: Any) -> tuple[UserPool, Recorder]:
    """Return a pool whose server issues the refresh token refresh-0-NAME at a sign-in, then refresh-1, refresh-2 …"""
    count = 0

    def answer(operation: str, body: dict[str, Any]) -> Answer:
        nonlocal count
        if operation == "InitiateAuth":
            name = body["AuthParameters"]["USERNAME"]
            return tokens_reply(refresh_token=f"refresh-0-{name}", username=name)
        if operation == "GetTokensFromRefreshToken":
            count += 1
            return tokens_reply(refresh_token=f"refresh-{count}")
        return {}

    return serving(answer, **options)


async def signed_in(auth: Auth, name: str = "alice") -> CognitoUser:
    return (await auth.sign_in(name, "p", flow="USER_PASSWORD_AUTH")).user


async def stored_token(pool: UserPool, store: MemoryStore) -> str | None:
    record = await MemoryStore.load(store, SESSION)
    return None if record is None else pool.user_from_state(record.text).tokens.refresh_token


async def test_cancelled_waiter_of_a_refresh_still_gets_its_tokens() -> None:
    release = anyio.Event()

    async def server(operation: str, body: dict[str, Any]) -> Answer:
        if operation == "GetTokensFromRefreshToken":
            await release.wait()
            return tokens_reply(refresh_token="rotated")
        return tokens_reply(refresh_token="old")

    pool, recorder = serving(server)
    store = MemoryStore()
    joiner = await signed_in(pool.auth(store=store))
    starter = pool.user_from_tokens(joiner.tokens)
    async with anyio.create_task_group() as group:
        group.start_soon(starter.refresh)
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(joiner.refresh)
            await anyio.wait_all_tasks_blocked()
            cancelled.cancel_scope.cancel()
        release.set()
    assert joiner.tokens.refresh_token == starter.tokens.refresh_token == "rotated"
    assert await stored_token(pool, store) == "rotated"
    assert recorder.operations.count("GetTokensFromRefreshToken") == 1


async def test_current_user_does_not_undo_a_concurrent_sign_in() -> None:
    pool, _ = rotating()
    store = SlowStore()
    await signed_in(pool.auth(store=store), "alice")
    auth = pool.auth(store=store)
    gate = store.hold("load")
    async with anyio.create_task_group() as group:
        group.start_soon(auth.current_user)
        await store.reached["load"].wait()
        group.start_soon(signed_in, auth, "bob")
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert (await auth.current_user()).username == "bob"
    named = await store.load(CURRENT)
    assert named is not None and named.text == '{"current":"bob","users":["bob","alice"]}'


async def test_concurrent_current_user_calls_return_one_object() -> None:
    pool, _ = rotating()
    store = SlowStore()
    await signed_in(pool.auth(store=store))
    auth = pool.auth(store=store)
    gate = store.hold("load")
    found: list[CognitoUser] = []

    async def ask() -> None:
        found.append(await auth.current_user())

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert found[0] is found[1]


async def test_no_user_is_current_during_a_sign_out() -> None:
    pool, _ = rotating()
    store = SlowStore()
    auth = pool.auth(store=store)
    await signed_in(auth)
    gate = store.hold("delete")
    async with anyio.create_task_group() as group:
        group.start_soon(auth.sign_out)
        await store.reached["delete"].wait()

        async def ask() -> None:
            with pytest.raises(errors.NoCurrentUser):
                await auth.current_user()

        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert await stored_token(pool, store) is None


async def test_late_save_of_a_refresh_does_not_undo_a_sign_out() -> None:
    pool, _ = rotating()
    store = SlowStore()
    auth = pool.auth(store=store)
    user = await signed_in(auth)
    gate = store.hold("save")

    async def refresh() -> None:
        with pytest.raises(errors.NotSignedIn, match="signed out during the call"):
            await user.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(refresh)
        await store.reached["save"].wait()
        group.start_soon(auth.sign_out)
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert await stored_token(pool, store) is None and await MemoryStore.load(store, CURRENT) is None


async def test_older_object_does_not_change_the_newer_session() -> None:
    pool, _ = rotating()
    store = MemoryStore()
    auth = pool.auth(store=store)
    old = await signed_in(auth)
    new = await signed_in(auth)
    await old.refresh()
    assert await stored_token(pool, store) == "refresh-0-alice"
    assert (await old.sign_out()).remote == "done"
    assert await auth.current_user() is new
    assert await stored_token(pool, store) == "refresh-0-alice"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio cancels by scopes only, from which the shield protects
async def test_sign_out_cancelled_by_asyncio_empties_the_store() -> None:
    pool, _ = rotating()
    store = SlowStore()
    auth = pool.auth(store=store)
    await signed_in(auth)
    gate = store.hold("delete")
    task = asyncio.create_task(auth.sign_out())
    await store.reached["delete"].wait()
    task.cancel()
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    gate.set()
    await asyncio.wait([task])
    assert task.cancelled()
    assert await stored_token(pool, store) is None and await MemoryStore.load(store, CURRENT) is None


async def test_failing_store_does_not_prevent_the_revocation() -> None:
    pool, recorder = rotating()
    store = SlowStore()
    auth = pool.auth(store=store)
    user = await signed_in(auth)
    store.failing.add("delete")
    with pytest.raises(OSError, match="disk on fire"):
        await auth.sign_out()
    assert recorder.operations[-1] == "RevokeToken" and not user.signed_in


async def test_unsaved_sign_in_is_revoked() -> None:
    pool, recorder = rotating()
    store = SlowStore()
    store.failing.add("save")
    auth = pool.auth(store=store)
    with pytest.raises(OSError, match="disk on fire"):
        await signed_in(auth)
    assert recorder.operations == ["InitiateAuth", "RevokeToken"]
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()


async def test_failing_store_during_a_refresh_loses_no_token() -> None:
    pool, _ = rotating()
    store = SlowStore()
    user = await signed_in(pool.auth(store=store))
    store.failing.add("save")
    with pytest.raises(OSError, match="disk on fire"):
        await user.refresh()
    assert user.tokens.refresh_token == "refresh-1"


@pytest.mark.parametrize("method", ["save", "delete"])
async def test_hanging_store_raises_a_store_error(method: str) -> None:
    clock = MovableClock()
    pool, _ = rotating(clock=clock)
    store = SlowStore()
    auth = pool.auth(store=store)
    user = await signed_in(auth)
    store.hold(method)
    messages: list[str] = []

    async def call() -> None:
        with pytest.raises(errors.StoreError) as caught:
            await (user.refresh() if method == "save" else auth.sign_out())
        messages.append(caught.value.message)

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await store.reached[method].wait()
        clock.advance(11)
    assert messages == ["the store did not answer within 10 seconds"]


async def test_incomplete_store_is_refused() -> None:
    pool, _ = rotating()

    class Half:
        async def load(self, key: str) -> None: ...

    for store in (Half(), 5, "path"):
        with pytest.raises(errors.ConfigurationError, match=r"lacks .*save, delete, lock"):
            pool.auth(store=store)  # type: ignore[arg-type]


async def test_refresh_flow_of_one_view_does_not_affect_others() -> None:
    pool, recorder = serving(lambda operation, body: tokens_reply())
    tokens = Tokens(jwt(username="alice"), None, "refresh")
    await pool.with_options(refresh_flow="REFRESH_TOKEN_AUTH").user_from_tokens(tokens).refresh()
    await pool.user_from_tokens(tokens).refresh()
    assert recorder.operations == ["InitiateAuth", "GetTokensFromRefreshToken"]


async def test_global_sign_out_reports_failed_if_it_was_not_sent() -> None:
    pool, recorder = serving(lambda operation, body: httpx.ReadError("gone"))
    expired = pool.user_from_tokens(Tokens(jwt(username="alice", exp=1), None, "refresh"))
    result = await expired.sign_out(global_=True)
    assert result.remote == "failed" and isinstance(result.error, errors.OutcomeUnknown)
    assert recorder.operations == ["GetTokensFromRefreshToken"]


async def test_sign_out_works_without_a_store() -> None:
    pool, _ = rotating()
    user = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    assert await user.sign_out() == SignOutResult(remote="done")


async def test_sign_out_during_the_save_of_a_shared_refresh_is_final() -> None:
    released = anyio.Event()

    async def server(operation: str, body: dict[str, Any]) -> Answer:
        if operation == "GetTokensFromRefreshToken":
            await released.wait()
            return tokens_reply(refresh_token="refresh-1")
        return tokens_reply(refresh_token="refresh-0")

    pool, _ = serving(server)
    store = SlowStore()
    auth = pool.auth(store=store)
    user = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    copy = pool.user_from_state(user.to_state())

    async def refresh() -> None:
        with pytest.raises(errors.NotSignedIn, match="signed out during the call"):
            await user.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(copy.refresh)  # `copy`, which has no store, makes the request; `user` waits for it
        await anyio.wait_all_tasks_blocked()
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
        gate = store.hold("save")
        released.set()
        await store.reached["save"].wait()
        group.start_soon(user.sign_out)
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert not user.signed_in and await auth.users() == []
