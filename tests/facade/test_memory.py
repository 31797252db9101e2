"""What a signed-in user takes of memory, and that nothing is left of results that were dropped."""

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
NUMBER, MOST_BYTES = 60 if FULL else 20, 4096


@pytest.fixture
def allocated(little_to_search: None) -> Iterator[Callable[[], int]]:
    """How many bytes Python's objects take, from now on."""

    def allocated() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        yield allocated
    finally:
        tracemalloc.stop()


async def prepared() -> tuple[LocalUserPool, UserPool]:
    """A pool that has signed in before: what is made once is there."""
    local = LocalUserPool()
    await make_user(local)
    pool = local.user_pool()
    for _ in range(5):
        await used_and_signed_out(pool)
        await used_by_an_auth(pool)
    return local, pool


async def used_and_signed_out(pool: UserPool) -> None:
    user = (await pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user
    await user.refresh()
    await user.attributes()
    await user.sign_out()


async def used_by_an_auth(pool: UserPool) -> None:
    auth = pool.auth()
    await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")
    await auth.current_session()


def forget(local: LocalUserPool) -> None:
    """The other end's own memory does not count."""
    local.service._state.pools[local.settings.id].token_families.clear()


async def test_a_signed_in_user_takes_little_more_memory_than_the_tokens(allocated: Callable[[], int]) -> None:
    local, pool = await prepared()
    users: list[CognitoUser] = []
    forget(local)
    before = allocated()
    for _ in range(NUMBER):
        users.append((await pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user)
        await users[-1].session()
    forget(local)
    grown = allocated() - before
    text = sum(len(each) for user in users for each in user.tokens.reveal().values() if isinstance(each, str))
    assert text > NUMBER * 3000
    assert grown - text < NUMBER * MOST_BYTES


@pytest.mark.parametrize("use", [used_and_signed_out, used_by_an_auth])
async def test_nothing_is_left_of_results_that_were_dropped(
    allocated: Callable[[], int], use: Callable[[UserPool], Awaitable[None]]
) -> None:
    local, pool = await prepared()
    forget(local)
    before = allocated()
    for _ in range(NUMBER):
        await use(pool)
    forget(local)
    # One session has more than 4,000 bytes of text; what Python keeps for itself comes to a few hundred.
    assert allocated() - before < NUMBER * 1024
