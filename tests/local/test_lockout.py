from __future__ import annotations

import pytest

from .helpers import (
    INCORRECT,
    PASSWORD,
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
