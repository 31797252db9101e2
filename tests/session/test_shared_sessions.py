"""One session of several processes with one store. A pool represents each process; the pools share only the store."""

from __future__ import annotations

import anyio
import pytest

from cognito_async import CognitoUser, MemoryStore, Tokens, errors
from tests.session.processes import HOUR, SESSION, World

pytestmark = pytest.mark.anyio


async def test_tokens_refreshed_by_another_process_are_used() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    world.clock.advance(HOUR)
    assert (await remote.session()).refresh_token == "refresh-1"
    assert (await local.session()).refresh_token == "refresh-1"
    assert world.service.count == 1
    assert (await local.refresh()).refresh_token == "refresh-2", "`refresh` must always get new tokens"
    assert (await remote.refresh()).refresh_token == "refresh-3"
    assert await world.stored_token() == "refresh-3"


async def test_expired_tokens_of_another_process_are_refreshed() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    world.clock.advance(HOUR)
    await remote.session()
    world.clock.advance(HOUR)
    assert (await local.session()).refresh_token == "refresh-2"


async def test_concurrent_processes_share_one_refresh() -> None:
    world = World()
    _, local = await world.signed_in()
    others = [await world.process().current_user() for _ in range(5)]
    world.clock.advance(HOUR)
    got: list[Tokens] = []

    async def ask(user: CognitoUser) -> None:
        got.append(await user.session())

    async with anyio.create_task_group() as group:
        for user in [local, *others] * 3:
            group.start_soon(ask, user)
    assert {tokens.refresh_token for tokens in got} == {"refresh-1"} and world.service.count == 1
    assert await world.stored_token() == "refresh-1"


async def test_tokens_are_saved_before_callers_get_them() -> None:
    class CountingStore(MemoryStore):
        saves = 0

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            await anyio.lowlevel.checkpoint()
            if key == SESSION:
                self.saves += 1
                if expected is not None:
                    assert user.tokens.refresh_token == "refresh-0"
            return await super().save(key, text, expected=expected)

    store = CountingStore()
    world = World(store)
    _, user = await world.signed_in()
    world.clock.advance(HOUR)
    assert (await user.session()).refresh_token == "refresh-1"
    assert store.saves == 2 and await world.stored_token() == "refresh-1"


async def test_session_ended_by_another_process_ends_locally() -> None:
    world = World()
    auth, local = await world.signed_in()
    remote = await world.process().current_user()
    assert (await remote.sign_out()).remote == "done"
    world.clock.advance(HOUR)
    with pytest.raises(errors.SessionExpired, match="another program removed this session"):
        await local.session()
    assert not local.signed_in and world.service.count == 0
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()


async def test_sign_out_revokes_tokens_refreshed_by_another_process() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    await remote.refresh()
    assert (await local.sign_out()).remote == "done"
    assert world.service.revoked == ["refresh-1"]
    assert await world.stored_token() is None


@pytest.mark.parametrize("failing", [None, "refresh-again", "refresh-0"])
async def test_sign_out_ends_both_local_and_stored_session(failing: str | None) -> None:
    world = World()
    _, local = await world.signed_in()
    world.service.first = "refresh-again"
    await world.signed_in()
    world.service.unavailable = failing
    outcome = await local.sign_out()
    assert outcome.remote == ("done" if failing is None else "failed")
    assert isinstance(outcome.error, type(None) if failing is None else errors.InternalErrorException)
    assert sorted(world.service.revoked) == ["refresh-0", "refresh-again"]
    assert await world.stored_token() is None


async def test_newer_sign_in_of_another_process_is_used() -> None:
    world = World()
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    await world.signed_in()
    assert await local.session() is local.tokens
    assert world.service.count == 0 and local.tokens.expires_at is not None
    assert local.tokens.expires_at > world.clock.now()


async def test_forced_refresh_ignores_tokens_found_in_the_store() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    world.clock.advance(HOUR)
    await remote.session()
    got: list[str | None] = []

    async def refresh() -> None:
        got.append((await local.refresh()).refresh_token)

    async with anyio.create_task_group() as group, world.store.lock(SESSION):
        group.start_soon(local.session)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
    assert got == ["refresh-2"] == [await world.stored_token()] and world.service.count == 2


async def test_expired_record_without_refresh_token_ends_the_session() -> None:
    world = World()
    _, local = await world.signed_in()
    bare = world.process().pool.user_from_tokens(Tokens(local.tokens.access_token))
    await world.store.save(SESSION, bare.to_state())
    world.clock.advance(HOUR)
    with pytest.raises(errors.SessionExpired, match="no refresh token"):
        await local.session()
    assert not local.signed_in and await world.stored_token() is None


async def test_namespaces_separate_users_in_one_store() -> None:
    world = World()
    pool = world.process().pool
    first, second = (pool.auth(store=world.store, namespace=name) for name in ("browser/1", "browser/2"))
    await first.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    with pytest.raises(errors.NoCurrentUser):
        await second.current_user()
    with pytest.raises(errors.NoCurrentUser):
        await pool.auth(store=world.store).current_user()
    again = pool.auth(store=world.store, namespace="browser/1")
    assert (await again.current_user()).username == "alice"
    with pytest.raises(errors.ConfigurationError, match="namespace"):
        pool.auth(store=world.store, namespace="")
