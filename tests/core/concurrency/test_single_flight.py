from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async import errors
from cognito_async._core.clock import Clock, Deadline
from cognito_async._core.concurrency.single_flight import SingleFlight
from cognito_async.local import MovableClock

pytestmark = pytest.mark.anyio

NO_LIMIT = Deadline(Clock(), None)


async def ignore(value: object) -> None:
    """Do nothing with the outcome."""


async def test_many_callers_share_one_piece_of_work() -> None:
    flights: SingleFlight[int] = SingleFlight()
    started = 0
    results: list[int] = []
    release = anyio.Event()

    async def work() -> int:
        nonlocal started
        started += 1
        await release.wait()
        return 7

    async def caller() -> None:
        results.append(await flights.run("key", work, ignore, NO_LIMIT))

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(caller)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert started == 1 and results == [7] * 50
    assert await flights.wait_for_running("key") is None, "results must not be cached"


async def test_each_caller_gets_a_separate_error() -> None:
    flights: SingleFlight[int] = SingleFlight()
    caught: list[errors.CognitoError] = []
    release = anyio.Event()

    async def work() -> int:
        await release.wait()
        raise errors.SessionExpired("over", code="NotAuthorizedException")

    async def caller() -> None:
        try:
            await flights.run("key", work, ignore, NO_LIMIT)
        except errors.CognitoError as error:
            caught.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(caller)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert [(type(error), error.message, error.code) for error in caught] == [
        (errors.SessionExpired, "over", "NotAuthorizedException")
    ] * 3
    assert len({id(error) for error in caught}) == 3


async def test_work_continues_after_its_first_caller_is_cancelled() -> None:
    flights: SingleFlight[str] = SingleFlight()
    finished: list[str] = []
    release = anyio.Event()

    async def work() -> str:
        await release.wait()
        finished.append("saved")
        return "value"

    waiter: list[str] = []

    async def wait() -> None:
        waiter.append(await flights.run("key", work, ignore, NO_LIMIT))

    async with anyio.create_task_group() as group, anyio.create_task_group() as cancelled:
        cancelled.start_soon(flights.run, "key", work, ignore, NO_LIMIT)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        cancelled.cancel_scope.cancel()
        release.set()
    assert finished == ["saved"] and waiter == ["value"]


async def test_wait_for_running_returns_the_value_of_running_work() -> None:
    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    seen: list[str | None] = []

    async def work() -> str:
        await release.wait()
        return "value"

    async def observe() -> None:
        seen.append(await flights.wait_for_running("key"))

    async with anyio.create_task_group() as group:
        group.start_soon(flights.run, "key", work, ignore, NO_LIMIT)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(observe)
        await anyio.wait_all_tasks_blocked()
        assert not seen
        release.set()
    assert seen == ["value"]


class Stop(BaseException):
    """A substitute for `KeyboardInterrupt`, which event loops treat specially."""


async def test_interrupted_work_raises_an_error_for_every_waiter() -> None:
    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    seen: list[str] = []

    async def work() -> str:
        await release.wait()
        raise Stop

    async def wait() -> None:
        with anyio.CancelScope(shield=True), pytest.raises(errors.TransportError) as caught:
            await flights.run("key", work, ignore, NO_LIMIT)
        seen.append(caught.value.message)

    with pytest.raises(BaseExceptionGroup) as caught:  # noqa: PT012
        async with anyio.create_task_group() as group:
            group.start_soon(flights.run, "key", work, ignore, NO_LIMIT)
            await anyio.wait_all_tasks_blocked()
            group.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            release.set()
    assert caught.value.subgroup(Stop) is not None
    assert seen == ["the shared work was cancelled; try again"]


async def test_take_is_called_even_if_the_caller_is_cancelled() -> None:
    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    taken: list[str] = []

    async def work() -> str:
        await release.wait()
        return "value"

    async def caller(name: str) -> None:
        async def take(value: str) -> None:
            await anyio.lowlevel.checkpoint()
            taken.append(f"{name} {value}")

        await flights.run("key", work, take, NO_LIMIT)

    async with anyio.create_task_group() as group:
        for name in ("first", "second", "third"):
            group.start_soon(caller, name)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
        release.set()
    assert sorted(taken) == ["first value", "second value", "third value"]


async def test_error_in_take_reaches_only_the_caller_that_passed_it() -> None:
    class Stubborn(Exception):
        def __init__(self, first: int, second: int) -> None:
            super().__init__("cannot be copied")

    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    outcomes: dict[str, str] = {}

    async def work() -> str:
        await release.wait()
        return "value"

    async def refuse(value: str) -> None:
        raise Stubborn(1, 2)

    async def caller(name: str, take: Any) -> None:
        try:
            outcomes[name] = await flights.run("key", work, take, NO_LIMIT)
        except Stubborn as error:
            outcomes[name] = str(error)

    async with anyio.create_task_group() as group:
        group.start_soon(caller, "stubborn", refuse)
        group.start_soon(caller, "other", ignore)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert outcomes == {"stubborn": "cannot be copied", "other": "value"}


async def test_waiter_has_its_own_deadline() -> None:
    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    clock = MovableClock()
    late: list[str] = []

    async def work() -> str:
        await release.wait()
        return "value"

    async def waiter() -> None:
        with pytest.raises(errors.CallTimeout) as caught:
            await flights.run("key", work, ignore, Deadline(clock, 1))
        late.append(caught.value.message)
        release.set()

    async with anyio.create_task_group() as group:
        group.start_soon(flights.run, "key", work, ignore, NO_LIMIT)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(waiter)
        await anyio.wait_all_tasks_blocked()
        clock.advance(2)
    assert late == ["timed out waiting for another caller that does the same work"]
