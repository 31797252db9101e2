"""`keep_fresh` refreshes the tokens until the session ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import Tokens
from cognito_async.local import MovableClock
from tests.session.token_service import HOUR, alice
from tests.support import Answer, jwt, refusal, serving

pytestmark = pytest.mark.anyio


async def test_keep_fresh_refreshes_until_the_session_ends() -> None:
    user, recorder, service, clock = alice()
    failures = 0

    def answer(operation: str, body: dict[str, Any]) -> Answer:
        nonlocal failures
        if service.count == 24:
            return refusal("NotAuthorizedException", "Refresh Token has expired")
        failures += 1
        return service(operation, body) if failures % 3 else httpx.ConnectError("down")

    recorder.answers = answer
    begun = clock.now()
    with anyio.fail_after(20):
        await user.keep_fresh()  # its sleeps move the clock
    assert not user.signed_in and service.count == 24
    assert timedelta(hours=21) < clock.now() - begun < timedelta(hours=25)


async def test_keep_fresh_survives_an_expiry_without_network() -> None:
    user, recorder, service, clock = alice()
    clock.advance(2 * HOUR)
    service.replies = [httpx.ConnectError("down")] * 3

    async def stop(operation: str, body: dict[str, Any]) -> Answer:
        answer = service(operation, body)
        if service.count == 1:
            group.cancel_scope.cancel()
        return answer

    recorder.answers = stop
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(user.keep_fresh)
    assert len(recorder.calls) == 4 and user.tokens.refresh_token == "refresh-1"


async def test_keep_fresh_returns_without_a_refresh_token() -> None:
    pool, _ = serving(lambda operation, body: {})
    await pool.user_from_access_token(jwt(username="alice", exp=1)).keep_fresh()
    await pool.user("alice").keep_fresh()


async def test_keep_fresh_of_tokens_without_expiry_waits_for_the_sign_out() -> None:
    class Counting(MovableClock):
        slept = 0

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            self.slept += 1
            if self.slept == 10:
                await user.sign_out()

    pool, recorder = serving(lambda operation, body: {}, clock=Counting())
    user = pool.user_from_tokens(Tokens(jwt(username="alice"), None, "refresh"))
    with anyio.fail_after(5):
        await user.keep_fresh()
    assert recorder.operations == ["RevokeToken"]
