"""One `UserPool`, one `Auth` and one `LocalUserPool` for a thousand event loops: nothing of an ended loop is left."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from cognito_async import Auth, MemoryStore, Tokens, UserPool
from cognito_async.local import LocalUserPool
from tests.blocking_server import BlockingServer
from tests.event_loops import RUNNERS, collect, run_and_close_by_hand, what_is_left
from tests.sizes import FULL
from tests.support import jwt, make_user

PASSWORD = "Passw0rd!"
ATTRIBUTES = json.dumps({"Username": "alice", "UserAttributes": [{"Name": "sub", "Value": "s"}]}).encode()
pytestmark = pytest.mark.usefixtures("little_to_search")
WAYS = pytest.mark.parametrize("way", ["asyncio.run", "trio.run", "asyncio.Runner", "closed by hand"])


def repeat(way: str, call: Callable[[], Awaitable[object]], ended: Callable[[], None]) -> None:
    """Make the call on many event loops, one after another. `ended` waits for the end of the last one."""
    run = run_and_close_by_hand if way == "closed by hand" else RUNNERS[way]
    for _ in range(10):
        run(call)
    ended()
    before, runs = what_is_left(), 1000 if FULL else 15
    for _ in range(runs):
        run(call)
    ended()
    what_is_left().assert_flat(before, runs)


# asyncio warns of the connections of a loop that was closed by hand.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@WAYS
@pytest.mark.parametrize("kind", [UserPool, Auth])
@pytest.mark.table
def test_connections_of_successive_loops_are_closed(way: str, kind: type[UserPool | Auth]) -> None:
    with BlockingServer(body=ATTRIBUTES) as server:
        client = kind("eu-central-1_Import", "client", endpoint=server.url)
        pool = client.pool if isinstance(client, Auth) else client

        async def call() -> None:
            user = pool.user_from_tokens(Tokens(jwt(username="alice", exp=4_000_000_000)))
            assert await user.attributes() == {"sub": "s"}

        def ended() -> None:
            RUNNERS["asyncio.run"](call)
            server.wait_until_closed()

        repeat(way, call, ended)


@WAYS
def test_sessions_work_on_successive_loops_and_leave_nothing(way: str) -> None:
    local, auths = LocalUserPool(), list[Auth]()

    async def sign_in() -> None:
        await make_user(local)
        auths.append(local.auth(store=MemoryStore()))
        await auths[0].sign_in("alice", PASSWORD)

    async def call() -> None:
        assert (await auths[0].current_session()).access_token
        assert (await (await auths[0].current_user()).attributes())["email"]

    RUNNERS["asyncio.run"](sign_in)
    repeat(way, call, collect)
