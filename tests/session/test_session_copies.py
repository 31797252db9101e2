"""Several objects of one session: they share a refresh, and older copies get the rotated tokens."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async import CognitoUser, Tokens
from tests.session.token_service import HOUR, alice, pool_of
from tests.support import Answer, tokens_reply

pytestmark = pytest.mark.anyio


async def test_200_tasks_with_an_expired_token_share_one_refresh() -> None:
    user, recorder, service, clock = alice()
    pool = pool_of(user)
    twin = pool.user_from_tokens(service.tokens())
    clock.advance(HOUR + 1)
    release = anyio.Event()

    async def answer(operation: str, body: dict[str, Any]) -> Answer:
        await release.wait()
        return service(operation, body)

    recorder.answers = answer
    got: list[Tokens] = []

    async def ask(user: CognitoUser) -> None:
        got.append(await user.session())

    async with anyio.create_task_group() as group:
        for number in range(200):
            group.start_soon(ask, twin if number % 3 else user)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert recorder.operations == ["GetTokensFromRefreshToken"]
    assert len(got) == 200 and {tokens.refresh_token for tokens in got} == {"refresh-1"}


async def test_older_copy_of_a_session_gets_the_rotated_tokens() -> None:
    """Parallel requests carry the same cookie. A request that comes after the refresh must not look like theft."""
    user, recorder, _, clock = alice()
    pool = pool_of(user)
    state = user.to_state()
    clock.advance(HOUR)
    await user.session()
    late = pool.user_from_state(state)
    assert await late.session() == user.tokens
    assert (await pool.user_from_state(state).refresh()).refresh_token == "refresh-1"
    clock.advance(30)
    await user.refresh()
    assert (await pool.user_from_state(state).session()).refresh_token == "refresh-2", (
        "the copy must get the newest tokens of the chain"
    )
    assert len(recorder.calls) == 2
    clock.advance(61)
    await pool.user_from_state(state).session()
    assert recorder.calls[-1][1]["RefreshToken"] == "refresh-0", "after a minute, the copy must send its own token"
    assert "refresh" not in repr(pool._users.sessions.refreshes.rotated)


async def test_older_copy_gets_no_expired_tokens() -> None:
    user, recorder, service, clock = alice()
    late = pool_of(user).user_from_state(user.to_state())
    clock.advance(HOUR)
    service.replies = [tokens_reply(refresh_token="refresh-short", **service.times(20))]
    await user.session()
    clock.advance(21)
    tokens = await late.session()
    assert tokens.expires_at is not None and tokens.expires_at > clock.now()
    assert recorder.calls[-1][1]["RefreshToken"] == "refresh-short", "the newest token of the chain must be sent"


async def test_session_and_its_copy_spend_each_token_once() -> None:
    user, recorder, service, clock = alice()
    late = pool_of(user).user_from_state(user.to_state())
    clock.advance(HOUR)
    service.replies = [tokens_reply(refresh_token="refresh-short", **service.times(20))]
    await user.session()
    clock.advance(21)

    async def slowly(operation: str, body: dict[str, Any]) -> Answer:
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        return service(operation, body)

    recorder.answers = slowly
    async with anyio.create_task_group() as group:
        for each in (late, user, late):
            group.start_soon(each.session)
    assert [body["RefreshToken"] for _, body in recorder.calls] == ["refresh-0", "refresh-short"]
    assert user.tokens.refresh_token == late.tokens.refresh_token == "refresh-1"


async def test_sign_out_forgets_tokens_cached_for_a_copy() -> None:
    user, recorder, _, clock = alice()
    state = user.to_state()
    clock.advance(HOUR)
    await user.session()
    await user.sign_out()
    await pool_of(user).user_from_state(state).session()
    assert recorder.operations == ["GetTokensFromRefreshToken", "RevokeToken", "GetTokensFromRefreshToken"]


async def test_sign_out_forgets_tokens_cached_for_an_older_copy() -> None:
    user, recorder, _, clock = alice()
    clock.advance(HOUR)
    state = user.to_state()
    await user.refresh()
    await user.refresh()
    await user.sign_out()
    await pool_of(user).user_from_state(state).session()
    assert recorder.operations[-1] == "GetTokensFromRefreshToken"


async def test_sign_out_of_an_older_copy_revokes_the_newest_token() -> None:
    user, recorder, _, _ = alice()
    late = pool_of(user).user_from_state(user.to_state())
    await user.refresh()
    assert (await late.sign_out()).remote == "done"
    assert recorder.calls[-1][1]["Token"] == "refresh-1"
