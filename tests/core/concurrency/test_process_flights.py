"""Work that the event loops of a process share: one of them does it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable

import anyio
import pytest

from cognito_async import errors
from cognito_async._core.clock import Clock, Deadline
from cognito_async._core.concurrency.process_flights import ProcessFlights
from cognito_async._core.concurrency.single_flight import SingleFlight
from tests.threads import PATIENCE, abandon, forked, run_in_threads

NO_LIMIT = Deadline(Clock(), None)


async def ignore(value: object) -> None:
    """Do nothing with the outcome."""


async def wait_for(event: threading.Event) -> None:
    assert await anyio.to_thread.run_sync(event.wait, PATIENCE)


async def outcome_of(work: Awaitable[str], once_it_waits: Callable[[], object] = lambda: None) -> str | Exception:
    """Await the work and return its value or its error. Call `once_it_waits` when all tasks of this loop wait."""

    async def announce() -> None:
        await anyio.wait_all_tasks_blocked()
        once_it_waits()

    outcomes: list[str | Exception] = []
    async with anyio.create_task_group() as group:
        group.start_soon(announce)
        try:
            outcomes.append(await work)
        except Exception as error:  # noqa: BLE001 - an outcome
            outcomes.append(error)
    return outcomes[0]


class Work:
    """Work that waits until as many loops as `callers` share it; the `outcome` is its value or its error."""

    def __init__(self, callers: int, outcome: str | Exception = "value") -> None:
        self.flights: SingleFlight[str] = SingleFlight()
        self.started = 0
        self.taken: list[str] = []
        self.outcome = outcome
        self.begun = threading.Event()
        self._lock = threading.Lock()
        self._missing = callers
        self._everyone = threading.Event()

    async def work(self) -> str:
        self.started += 1
        self.begun.set()
        await wait_for(self._everyone)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def take(self, value: str) -> None:
        self.taken.append(value)

    async def share(self, deadline: Deadline = NO_LIMIT) -> str | Exception:
        return await outcome_of(self.flights.run("key", self.work, self.take, deadline), self.arrive)

    def arrive(self) -> None:
        with self._lock:
            self._missing -= 1
        if not self._missing:
            self._everyone.set()


async def done() -> str:
    return "done"


def test_threads_on_both_backends_share_one_piece_of_work() -> None:
    work = Work(8)
    assert run_in_threads(*[work.share] * 8) == ["value"] * 8
    assert work.started == 1 and work.taken == ["value"] * 8


def test_every_thread_gets_a_separate_error() -> None:
    work = Work(4, errors.SessionExpired("over"))
    caught = run_in_threads(*[work.share] * 4)
    assert work.started == 1 and not work.taken
    assert {type(error) for error in caught} == {errors.SessionExpired} and len({id(error) for error in caught}) == 4


def test_work_of_a_closed_loop_is_taken_over() -> None:
    flights: SingleFlight[str] = SingleFlight()
    begun, waiting = threading.Event(), threading.Event()
    collect: list[Callable[[], None]] = []

    async def never() -> str:
        begun.set()
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    async def once_more() -> str:
        await anyio.to_thread.run_sync(thread.join)
        collect[0]()  # must not end this flight
        return "done"

    async def follow() -> str | Exception:
        await wait_for(begun)
        return await outcome_of(flights.run("key", once_more, ignore, NO_LIMIT), waiting.set)

    def lead() -> None:
        collect.append(abandon(flights.run("key", never, ignore, NO_LIMIT), waiting))

    thread = threading.Thread(target=lead)
    thread.start()
    assert run_in_threads(follow, follow) == ["done"] * 2


def test_error_of_closing_a_loop_is_not_the_error_of_the_work() -> None:
    flights: SingleFlight[str] = SingleFlight()
    begun, waiting = threading.Event(), threading.Event()

    async def never() -> str:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            raise RuntimeError("no running event loop")

    async def follow() -> str | Exception:
        await wait_for(begun)
        return await outcome_of(flights.run("key", done, ignore, NO_LIMIT), waiting.set)

    def lead() -> None:
        collect = abandon(flights.run("key", never, ignore, NO_LIMIT), waiting)
        collect()

    thread = threading.Thread(target=lead)
    thread.start()
    assert run_in_threads(follow) == ["done"]
    thread.join()


class Stop(BaseException):
    """A substitute for `KeyboardInterrupt`, which event loops treat specially."""


def test_cancelled_work_is_done_by_another_loop() -> None:
    flights: ProcessFlights[str] = ProcessFlights()
    begun, waiting = threading.Event(), threading.Event()

    async def lead() -> str:
        async def work() -> str:
            begun.set()
            await wait_for(waiting)
            raise Stop

        try:
            return await flights.run("key", work, NO_LIMIT)
        except Stop:
            return "stopped"

    async def follow() -> str | Exception:
        await wait_for(begun)
        return await outcome_of(flights.run("key", done, NO_LIMIT), waiting.set)

    assert run_in_threads(lead, follow) == ["stopped", "done"]


def test_caller_with_time_left_does_the_work_if_the_leader_had_less() -> None:
    late = Work(2, errors.CallTimeout("timed out"))

    async def hurried() -> str | Exception:
        return await late.share(Deadline(Clock(), 0))

    async def patient() -> str | Exception:
        await wait_for(late.begun)
        return await outcome_of(late.flights.run("key", done, ignore, NO_LIMIT), late.arrive)

    first, second = run_in_threads(hurried, patient)
    assert type(first) is errors.CallTimeout and second == "done"


@pytest.mark.anyio
async def test_waiter_with_time_left_does_the_work_on_the_same_loop() -> None:
    flights: SingleFlight[str] = SingleFlight()
    release = anyio.Event()
    seen: list[str] = []

    async def late() -> str:
        await release.wait()
        raise errors.CallTimeout("timed out")

    async def hurried() -> None:
        with pytest.raises(errors.CallTimeout):
            await flights.run("key", late, ignore, Deadline(Clock(), 0))
        seen.append("late")

    async def patient() -> None:
        seen.append(await flights.run("key", done, ignore, NO_LIMIT))

    async with anyio.create_task_group() as group:
        group.start_soon(hurried)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(patient)
        group.start_soon(patient)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert sorted(seen) == ["done", "done", "late"]


def test_wait_for_another_loop_ends_at_the_deadline() -> None:
    flights: ProcessFlights[str] = ProcessFlights()
    begun, ended = threading.Event(), threading.Event()

    async def lead() -> str:
        async def work() -> str:
            begun.set()
            await wait_for(ended)
            return "done"

        return await flights.run("key", work, NO_LIMIT)

    async def follow() -> str:
        await wait_for(begun)
        with pytest.raises(errors.CallTimeout, match="another caller"):
            await flights.run("key", lead, Deadline(Clock(), 0.01))
        ended.set()
        return "late"

    assert run_in_threads(lead, follow) == ["done", "late"]


@pytest.mark.parametrize("fails", [False, True])
def test_another_loop_can_wait_for_running_work(fails: bool) -> None:
    work = Work(2, RuntimeError("refused") if fails else "value")

    async def observe() -> str | None:
        await wait_for(work.begun)
        seen: list[str | None] = []

        async def wait() -> str:
            seen.append(await work.flights.wait_for_running("key"))
            return ""

        await outcome_of(wait(), work.arrive)
        return seen[0]

    assert run_in_threads(work.share, observe)[1] == (None if fails else "value")
    assert run_in_threads(observe) == [None], "results must not be cached"


def test_flight_of_the_parent_does_not_hold_up_a_forked_child() -> None:
    flights: SingleFlight[str] = SingleFlight()

    async def main() -> None:
        release = anyio.Event()

        async def work() -> str:
            await release.wait()
            return "done"

        async with anyio.create_task_group() as group:
            group.start_soon(flights.run, "key", work, ignore, NO_LIMIT)
            await anyio.wait_all_tasks_blocked()
            with forked(lambda: run_in_threads(*[lambda: flights.run("key", done, ignore, NO_LIMIT)] * 2)):
                pass
            release.set()

    anyio.run(main)
