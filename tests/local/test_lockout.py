from __future__ import annotations

from datetime import timedelta

import pytest

from cognito_async._local import PoolSettings
from cognito_async._local.issuer import KeyRing
from cognito_async._local.records import Pool
from cognito_async._local.state import check_attempts, judge_password
from cognito_async._local.wire import Refusal

from .helpers import (
    INCORRECT,
    PASSWORD,
    START,
    Wire,
    proven,
    respond,
)

pytestmark = pytest.mark.anyio


async def test_five_wrong_passwords_lock_for_a_second_and_each_further_one_doubles_it() -> None:
    wire = Wire()
    await wire.signed_up()
    exceeded = ("NotAuthorizedException", "Password attempts exceeded")
    for _ in range(5):
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == exceeded
        wire.clock.advance(seconds - 0.5)
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == exceeded
        wire.clock.advance(0.5)
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
    responses = await proven(wire)
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == exceeded


async def test_a_right_password_or_fifteen_quiet_minutes_start_the_count_anew() -> None:
    wire = Wire()
    await wire.signed_up()
    for pause in (0, 900):
        for _ in range(4):
            assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
        if pause:
            wire.clock.advance(pause)
        else:
            await wire.tokens()
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
    assert await wire.tokens()


async def test_who_tried_long_ago_is_forgotten_as_others_come() -> None:
    pool, now = Pool(PoolSettings(), KeyRing(None)), START
    for number in range(3000):
        with pytest.raises(Refusal, match="Incorrect username or password"):
            judge_password(pool, f"nobody-{number}", None, now)
        check_attempts(pool, "ForgotPassword", f"nobody-{number}", 5, now)
        now += timedelta(seconds=2)
    # A quarter of an hour is 450 of them, an hour 1800; who is older goes now and then.
    assert 450 <= len(pool.lockouts) < 1500
    assert 1800 <= len(pool.attempts) < 3000
    # Who tried a moment ago is not.
    for _ in range(4):
        check_attempts(pool, "ForgotPassword", "nobody-2999", 5, now)
    with pytest.raises(Refusal, match="Attempt limit exceeded"):
        check_attempts(pool, "ForgotPassword", "nobody-2999", 5, now)
