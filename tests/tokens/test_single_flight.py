from __future__ import annotations

import anyio
import pytest

from cognito_async import errors
from cognito_async._tokens.refresh import SingleFlight

pytestmark = pytest.mark.anyio


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
        results.append(await flights.run("key", work))

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(caller)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert started == 1 and results == [7] * 50
    assert await flights.settled("key") is None, "nothing is kept once it is over"


async def test_each_caller_gets_an_error_of_its_own() -> None:
    flights: SingleFlight[int] = SingleFlight()
    caught: list[errors.CognitoError] = []
    release = anyio.Event()

    async def work() -> int:
        await release.wait()
        raise errors.SessionExpired("over", code="NotAuthorizedException")

    async def caller() -> None:
        try:
            await flights.run("key", work)
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


async def test_work_goes_on_although_the_one_who_began_it_is_cancelled() -> None:
    flights: SingleFlight[str] = SingleFlight()
    finished: list[str] = []
    release = anyio.Event()

    async def work() -> str:
        await release.wait()
        finished.append("saved")
        return "value"

    waiter: list[str] = []

    async def wait() -> None:
        waiter.append(await flights.run("key", work))

    async with anyio.create_task_group() as group, anyio.create_task_group() as cancelled:
        cancelled.start_soon(flights.run, "key", work)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        cancelled.cancel_scope.cancel()
        release.set()
    assert finished == ["saved"] and waiter == ["value"]


async def test_settled_waits_for_work_under_way() -> None:
    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    seen: list[str | None] = []

    async def work() -> str:
        await release.wait()
        return "value"

    async def look() -> None:
        seen.append(await flights.settled("key"))

    async with anyio.create_task_group() as group:
        group.start_soon(flights.run, "key", work)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(look)
        await anyio.wait_all_tasks_blocked()
        assert not seen
        release.set()
    assert seen == ["value"]


class Stop(BaseException):
    """As KeyboardInterrupt, without what event loops do about that."""


async def test_work_that_is_broken_off_from_outside_leaves_no_waiter_hanging() -> None:
    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    seen: list[str] = []

    async def work() -> str:
        await release.wait()
        raise Stop

    async def wait() -> None:
        with anyio.CancelScope(shield=True), pytest.raises(errors.TransportError) as caught:
            await flights.run("key", work)
        seen.append(caught.value.message)

    with pytest.raises(BaseExceptionGroup) as caught:  # noqa: PT012
        async with anyio.create_task_group() as group:
            group.start_soon(flights.run, "key", work)
            await anyio.wait_all_tasks_blocked()
            group.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            release.set()
    assert caught.value.subgroup(Stop) is not None
    assert seen == ["the work was broken off from outside; try again"]
