from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from cognito_async import errors
from cognito_async._aws._generated.profile import GET_USER, GetUserRequest, GetUserResponse
from cognito_async._client.driver import drive, no_device
from cognito_async._core.clock import Deadline
from cognito_async._core.concurrency.arithmetic import arithmetic_lock, run_sliced
from cognito_async._core.concurrency.semaphore import PrioritySemaphore
from cognito_async._flows.protocol import Flow, Pause, call
from cognito_async.local import MovableClock

pytestmark = pytest.mark.anyio


async def _invoke(operation: Any, request: Any, deadline: Deadline) -> Any:
    if request.access_token == "bad":
        raise errors.NotAuthorizedException("no")
    return GetUserResponse(username=request.access_token)


def no_limit() -> Deadline:
    return Deadline(MovableClock(), None)


async def test_replies_are_sent_and_errors_are_thrown_into_the_flow() -> None:
    def flow() -> Flow[list[str | None]]:
        names = [(yield from call(GET_USER, GetUserRequest(access_token="good"))).username]
        try:
            yield from call(GET_USER, GetUserRequest(access_token="bad"))
        except errors.NotAuthorizedException as error:
            names.append(error.message)
        yield Pause(urgent=False)
        return names

    assert await drive(flow(), _invoke, no_limit()) == ["good", "no"]


async def test_unhandled_error_reaches_the_caller_and_closes_the_flow() -> None:
    closed = []

    def flow() -> Flow[None]:
        try:
            yield from call(GET_USER, GetUserRequest(access_token="bad"))
        finally:
            closed.append(True)

    with pytest.raises(errors.NotAuthorizedException):
        await drive(flow(), _invoke, no_limit())
    assert closed


async def test_invalid_request_is_named_but_not_shown() -> None:
    def flow() -> Flow[None]:
        yield from call(GET_USER, GetUserRequest(access_token=["s3cret"]))  # type: ignore[arg-type]

    with pytest.raises(errors.ConfigurationError, match="GetUserRequest: access_token: ") as caught:
        await drive(flow(), _invoke, no_limit())
    assert "s3cret" not in str(caught.value) and caught.value.__context__ is None


async def test_computation_past_the_deadline_is_a_timeout() -> None:
    clock = MovableClock()

    def flow() -> Flow[None]:
        for _ in range(3):
            yield Pause(urgent=True)
            clock.advance(1)

    with pytest.raises(errors.CallTimeout, match="SRP computation"):
        await drive(flow(), _invoke, Deadline(clock, 1.5))
    await drive(flow(), _invoke, Deadline(clock, 10))


async def test_waiting_for_the_arithmetic_lock_counts_towards_the_deadline() -> None:
    clock = MovableClock()

    def flow() -> Flow[None]:
        yield Pause(urgent=True)

    async def late() -> None:
        with pytest.raises(errors.CallTimeout):
            await drive(flow(), _invoke, Deadline(clock, 1))

    async with anyio.create_task_group() as group, arithmetic_lock(urgent=False):
        group.start_soon(late)
        await anyio.wait_all_tasks_blocked()
        clock.advance(2)
        await anyio.wait_all_tasks_blocked()
    async with arithmetic_lock(urgent=False):
        pass  # the lock is free again


async def test_one_flow_computes_at_a_time_and_proofs_go_first() -> None:
    order: list[str] = []

    def flow(name: str, urgent: bool) -> Flow[None]:
        for part in "ab":
            yield Pause(urgent)
            order.append(name + part)

    async with anyio.create_task_group() as group, arithmetic_lock(urgent=False):
        for name, urgent in [("start1", False), ("proof1", True), ("start2", False), ("proof2", True)]:
            group.start_soon(drive, flow(name, urgent), _invoke, no_limit())
            await anyio.wait_all_tasks_blocked()
    assert order == [name + part for name in ("proof1", "proof2", "start1", "start2") for part in "ab"]


async def test_lock_of_a_cancelled_waiter_goes_to_the_next() -> None:
    done: list[str] = []

    async def compute(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            async with arithmetic_lock(urgent=False):
                done.append(name)

    async with anyio.create_task_group() as group:
        scopes = [anyio.CancelScope() for _ in range(3)]
        async with arithmetic_lock(urgent=False):
            for number, scope in enumerate(scopes):
                group.start_soon(compute, str(number), scope)
                await anyio.wait_all_tasks_blocked()
            scopes[1].cancel()
            await anyio.wait_all_tasks_blocked()
        # The first waiter has just been granted the lock: cancel it before it runs.
        scopes[0].cancel()
    assert "2" in done


async def test_flow_holds_a_slot_from_first_computation_to_outcome() -> None:
    admission, inside, most_inside = PrioritySemaphore(2), 0, 0

    def flow() -> Flow[str | None]:
        nonlocal inside, most_inside
        yield Pause(urgent=False)
        inside += 1
        most_inside = max(most_inside, inside)
        reply = yield from call(GET_USER, GetUserRequest(access_token="good"))
        yield Pause(urgent=True)
        inside -= 1
        return reply.username

    async def invoke(operation: Any, request: Any, deadline: Deadline) -> Any:
        await checkpoint()
        return await _invoke(operation, request, deadline)

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(drive, flow(), invoke, no_limit(), no_device, lambda: admission)
    assert most_inside == 2
    assert admission.waiting == 0


async def test_flow_that_has_called_the_service_gets_the_next_slot() -> None:
    admission, order = PrioritySemaphore(1), list[str]()

    def flow(name: str, calls: bool, urgent: bool) -> Flow[None]:
        if calls:
            yield from call(GET_USER, GetUserRequest(access_token="good"))
        yield Pause(urgent)
        order.append(name)

    await admission.acquire()
    async with anyio.create_task_group() as group:
        for name, calls, urgent in [("new", False, False), ("has called", True, False), ("answers", False, True)]:
            group.start_soon(drive, flow(name, calls, urgent), _invoke, no_limit(), no_device, lambda: admission)
            await anyio.wait_all_tasks_blocked()
        assert admission.waiting == 3
        admission.release()
    assert order == ["has called", "answers", "new"]


async def test_flow_without_computation_needs_no_slot() -> None:
    def flow() -> Flow[str | None]:
        return (yield from call(GET_USER, GetUserRequest(access_token="good"))).username

    admission = PrioritySemaphore(1)
    await admission.acquire()
    assert await drive(flow(), _invoke, no_limit(), no_device, lambda: admission) == "good"


async def test_admission_timeout_gives_the_reason_and_frees_the_slot() -> None:
    def flow() -> Flow[None]:
        yield Pause(urgent=False)

    async def late() -> None:
        with pytest.raises(errors.CallTimeout, match=r"slot \(1 running, 0 waiting\).* sent nothing"):
            await drive(flow(), _invoke, Deadline(clock, 1), no_device, lambda: admission)

    clock, admission = MovableClock(), PrioritySemaphore(1)
    await admission.acquire()
    async with anyio.create_task_group() as group:
        group.start_soon(late)
        await anyio.wait_all_tasks_blocked()
        clock.advance(2)
    admission.release()
    await drive(flow(), _invoke, no_limit(), no_device, lambda: admission)
    await admission.acquire()  # the slot is free again


async def test_flow_can_finish_although_it_got_no_slot() -> None:
    def flow() -> Flow[str]:
        with suppress(errors.CallTimeout):
            yield Pause(urgent=False)
        return "finished"

    async def late() -> None:
        outcomes.append(await drive(flow(), _invoke, Deadline(clock, 1), no_device, lambda: admission))

    clock, admission, outcomes = MovableClock(), PrioritySemaphore(1), list[str]()
    await admission.acquire()
    async with anyio.create_task_group() as group:
        group.start_soon(late)
        await anyio.wait_all_tasks_blocked()
        clock.advance(2)
    assert outcomes == ["finished"]
    assert admission.acquired == 1


@pytest.mark.parametrize("ended_by", ["cancellation", "error"])
async def test_interrupted_flow_releases_its_slot(ended_by: str) -> None:
    def flow() -> Flow[None]:
        yield Pause(urgent=False)
        yield from call(GET_USER, GetUserRequest(access_token="bad"))

    async def invoke(operation: Any, request: Any, deadline: Deadline) -> Any:
        if ended_by == "cancellation":
            scope.cancel()
            await checkpoint()
        return await _invoke(operation, request, deadline)

    admission = PrioritySemaphore(1)
    with anyio.CancelScope() as scope, suppress(errors.NotAuthorizedException):
        await drive(flow(), invoke, no_limit(), no_device, lambda: admission)
    await admission.acquire()
    assert scope.cancelled_caught == (ended_by == "cancellation")


async def test_sliced_computation_lets_other_tasks_run() -> None:
    seen: list[str] = []

    def steps() -> Any:
        for _ in range(3):
            seen.append("slice")
            yield
        return 7

    async def other() -> None:
        for _ in range(3):
            seen.append("other")
            await anyio.lowlevel.checkpoint()

    results: list[int] = []

    async def compute() -> None:
        results.append(await run_sliced(steps(), urgent=True))

    async with anyio.create_task_group() as group:
        group.start_soon(compute)
        group.start_soon(other)
    assert results == [7]
    assert seen.index("other") < len(seen) - 1 - seen[::-1].index("slice"), "the other task must run in between"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio cannot cancel a task that has been woken
async def test_lock_of_a_task_cancelled_by_asyncio_goes_to_the_next() -> None:
    done: list[str] = []

    async def compute(name: str) -> None:
        async with arithmetic_lock(urgent=False):
            done.append(name)

    async with arithmetic_lock(urgent=False):
        first, second = (asyncio.create_task(compute(name)) for name in ("first", "second"))
        await anyio.wait_all_tasks_blocked()
    first.cancel()
    await asyncio.wait([first, second])
    assert first.cancelled() and done == ["second"]
