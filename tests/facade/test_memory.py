"""The memory that signed-in users take, and that is freed when a program drops its results."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator

import pytest

from cognito_async import CognitoUser, UserPool
from cognito_async.local import LocalUserPool
from tests.sizes import FULL
from tests.support import make_user

pytestmark = pytest.mark.anyio
PASSWORD = "Passw0rd!"
USERS, MAX_BYTES = 60 if FULL else 20, 4096


@pytest.fixture
def allocated(little_to_search: None) -> Iterator[Callable[[], int]]:
    """Return a function that returns the number of bytes allocated since the fixture started."""

    def allocated() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        yield allocated
    finally:
        tracemalloc.stop()


async def make_warm_pool() -> tuple[LocalUserPool, UserPool]:
    """Return a pool after some sign-ins, so that one-time allocations have been made."""
    local = LocalUserPool()
    await make_user(local)
    pool = local.user_pool()
    for _ in range(5):
        await use_and_sign_out(pool)
        await use_with_auth(pool)
    return local, pool


async def use_and_sign_out(pool: UserPool) -> None:
    user = (await pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user
    await user.refresh()
    await user.attributes()
    await user.sign_out()


async def use_with_auth(pool: UserPool) -> None:
    auth = pool.auth()
    await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")
    await auth.current_session()


def clear_server(local: LocalUserPool) -> None:
    """Delete the sessions that the local server stores, because their memory is not measured."""
    local.service._state.pools[local.settings.id].token_families.clear()


async def test_signed_in_user_takes_little_more_memory_than_its_tokens(allocated: Callable[[], int]) -> None:
    local, pool = await make_warm_pool()
    users: list[CognitoUser] = []
    clear_server(local)
    before = allocated()
    for _ in range(USERS):
        users.append((await pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user)
        await users[-1].session()
    clear_server(local)
    grown = allocated() - before
    text = sum(len(each) for user in users for each in user.tokens.reveal().values() if isinstance(each, str))
    assert text > USERS * 3000
    assert grown - text < USERS * MAX_BYTES


@pytest.mark.parametrize("use", [use_and_sign_out, use_with_auth])
@pytest.mark.table
async def test_dropped_results_free_their_memory(
    allocated: Callable[[], int], use: Callable[[UserPool], Awaitable[None]]
) -> None:
    local, pool = await make_warm_pool()
    clear_server(local)
    before = allocated()
    for _ in range(USERS):
        await use(pool)
    clear_server(local)
    # A session has more than 4,000 bytes of tokens. Caches of Python itself account for a few hundred bytes per use.
    assert allocated() - before < USERS * 1024
