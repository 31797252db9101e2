"""Tests of a program, against a local user pool."""

import pytest

from cognito_async import errors
from cognito_async.local import LocalUserPool

pytestmark = pytest.mark.anyio  # runs on asyncio and trio


async def test_code_expires_after_a_day() -> None:
    async with LocalUserPool() as local:
        # Pass this UserPool to your program; for an Auth, use local.auth()
        pool = local.user_pool()
        await pool.sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        local.clock.advance(24 * 3600)
        with pytest.raises(errors.ExpiredCodeException):
            await pool.confirm_sign_up("alice", local.outbox[-1].code)


async def test_session_is_refreshed() -> None:
    async with LocalUserPool() as local:
        pool = local.user_pool()
        await pool.sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        await pool.confirm_sign_up("alice", local.outbox[-1].code)
        user = (await pool.sign_in("alice", "Passw0rd!")).user
        before = user.tokens
        local.clock.advance(3600)
        await user.attributes()
        assert user.tokens != before
