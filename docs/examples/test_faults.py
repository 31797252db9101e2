"""Tests of what a program does if calls fail, and after time has passed."""

import pytest

from cognito_async import errors
from cognito_async.local import Faults, LocalUserPool, MovableClock, PoolUser

pytestmark = pytest.mark.anyio  # runs on asyncio and trio


async def test_throttled_sign_in_is_repeated(
    cognito_pool: LocalUserPool, cognito_user: PoolUser, cognito_faults: Faults
) -> None:
    pool = cognito_pool.user_pool()
    cognito_faults.throttle("InitiateAuth")
    result = await pool.sign_in(cognito_user.username, cognito_user.password)
    assert result.signed_in


async def test_reply_to_a_sign_up_is_lost(
    cognito_pool: LocalUserPool, cognito_faults: Faults
) -> None:
    pool = cognito_pool.user_pool()
    cognito_faults.lose_reply("SignUp")
    with pytest.raises(errors.OutcomeUnknown):
        await pool.sign_up("alice", "Passw0rd!")
    with pytest.raises(errors.UsernameExistsException):
        await pool.sign_up("alice", "Passw0rd!")


async def test_session_is_refreshed(
    cognito_user: PoolUser, cognito_clock: MovableClock
) -> None:
    user = cognito_user.signed_in()
    cognito_clock.advance(2 * 3600)  # the access token has expired
    assert (await user.attributes())["sub"] == cognito_user.sub
