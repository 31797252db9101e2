from __future__ import annotations

from datetime import datetime, timedelta, timezone

import anyio
import anyio.lowlevel
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import ConfigurationError
from cognito_async._local.clock import MovableClock

from .helpers import START

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def test_clock_with_a_start_stands_still() -> None:
    clock = MovableClock(START)
    assert (clock.now(), clock.monotonic()) == (START, 0)
    clock.advance(90)
    assert (clock.now(), clock.monotonic()) == (START + timedelta(seconds=90), 90)


async def test_start_in_another_zone_is_converted_to_utc() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    clock = MovableClock(START.astimezone(zone))
    assert clock.now() == START and clock.now().tzinfo is timezone.utc


async def test_clock_without_a_start_adds_to_the_machines_time() -> None:
    clock, before = MovableClock(), datetime.now(START.tzinfo)
    monotonic = clock.monotonic()
    clock.advance(3600)
    assert timedelta(hours=1) <= clock.now() - before < timedelta(hours=1, minutes=1)
    assert 3600 <= clock.monotonic() - monotonic < 3660


async def test_sleep_moves_the_clock_and_yields() -> None:
    clock = MovableClock(START)
    order: list[str] = []

    async def other() -> None:
        order.append("other")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(other)
        await clock.sleep(10)
        await clock.sleep(-1)
        order.append("slept")
    assert order == ["other", "slept"] and clock.monotonic() == 10


async def test_deadline_cancels_when_the_clock_passes_it() -> None:
    clock = MovableClock(START)
    deadline = Deadline(clock, 30)

    async def move(scope: anyio.CancelScope) -> None:
        clock.advance(29)
        await anyio.lowlevel.checkpoint()
        assert not scope.cancel_called
        await clock.sleep(1)

    async with anyio.create_task_group() as tasks:
        with deadline.scope() as scope:
            tasks.start_soon(move, scope)
            await anyio.Event().wait()
        assert scope.cancelled_caught


async def test_past_deadline_cancels_immediately() -> None:
    clock = MovableClock(START)
    with clock.move_on_after(0) as over:
        await anyio.lowlevel.checkpoint()
    with clock.move_on_after(5) as left:
        await anyio.lowlevel.checkpoint()
    clock.advance(10)
    assert over.cancelled_caught and not left.cancel_called


def test_naive_start_and_negative_move_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        MovableClock(START.replace(tzinfo=None))
    with pytest.raises(ConfigurationError):
        MovableClock(START).advance(-1)
