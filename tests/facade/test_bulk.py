"""`admin.bulk`: limited concurrency, progress reports, and runs that continue after an interruption."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cognito_async import BulkProgress, errors
from cognito_async.credentials import Credentials
from tests.support import refusal, scripted

pytestmark = pytest.mark.anyio

ADMIN = scripted(credentials=Credentials("AKIDEXAMPLE", "secret-access-key"))[0].admin


class Work:
    """The work for an item. It counts the concurrent calls, and fails for the items in `refused`."""

    def __init__(self, *refused: str) -> None:
        self.refused = set(refused)
        self.calls: list[str] = []
        self.running = self.most = 0

    async def __call__(self, item: str) -> None:
        self.calls.append(item)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for _ in range(9):
                await anyio.lowlevel.checkpoint()
            if item in self.refused:
                raise errors.UserNotFoundException("no such user")
        finally:
            self.running -= 1


async def test_bulk_limits_concurrency_and_processes_all() -> None:
    work = Work()
    bulk = await ADMIN.bulk(work, at_once=4).run([f"user{number}" for number in range(50)])
    assert work.most == 4 and len(bulk.done) == 50 and not bulk.failed
    assert repr(bulk) == "Bulk(<50 done, 0 failed>)"


async def test_failed_items_are_reported_and_others_continue() -> None:
    reports: list[BulkProgress[str]] = []
    bulk = await ADMIN.bulk(Work("b", "d"), at_once=1, on_progress=reports.append).run(["a", "b", "c", "d"])
    assert bulk.done == ["a", "c"]
    assert [(item, type(error)) for item, error in bulk.failed] == [
        ("b", errors.UserNotFoundException),
        ("d", errors.UserNotFoundException),
    ]
    assert [(each.item, each.error is None, each.done, each.failed) for each in reports] == [
        ("a", True, 1, 0),
        ("b", False, 1, 1),
        ("c", True, 2, 1),
        ("d", False, 2, 2),
    ]


async def test_next_run_retries_only_failed_items() -> None:
    work = Work("b")
    bulk = ADMIN.bulk(work)
    await bulk.run(["a", "b", "a"])
    work.refused.clear()
    await bulk.run(["a", "b", "c"])
    assert sorted(work.calls) == ["a", "b", "b", "c"]
    assert sorted(bulk.done) == ["a", "b", "c"] and not bulk.failed
    later = Work()
    await ADMIN.bulk(later, done=bulk.done).run(["a", "b", "c", "d"])
    assert later.calls == ["d"], "items of an earlier run must be skipped"


async def test_cancelled_run_can_continue() -> None:
    work, processed = Work(), 0

    async def on_progress(progress: BulkProgress[str]) -> None:
        nonlocal processed
        processed += 1
        if progress.done == 3:
            scope.cancel()

    bulk = ADMIN.bulk(work, at_once=1, on_progress=on_progress)
    names = [f"user{number}" for number in range(9)]
    with anyio.CancelScope() as scope:
        await bulk.run(names)
    assert scope.cancelled_caught and bulk.done == names[:3]
    await bulk.run(names)
    assert bulk.done == names


async def test_items_are_read_as_needed() -> None:
    asked = 0

    async def names() -> AsyncIterator[str]:
        nonlocal asked
        for number in range(40):
            asked += 1
            await anyio.lowlevel.checkpoint()
            yield f"user{number}"

    ahead: list[int] = []
    bulk = ADMIN.bulk(Work(), at_once=2, on_progress=lambda progress: ahead.append(asked - progress.done))
    assert len((await bulk.run(names())).done) == 40
    assert max(ahead) <= 3


class Names:
    """An async iterable that is not a generator."""

    def __init__(self, *names: str) -> None:
        self.names = iter(names)

    def __aiter__(self) -> Names:
        return self

    async def __anext__(self) -> str:
        await anyio.lowlevel.checkpoint()
        try:
            return next(self.names)
        except StopIteration:
            raise StopAsyncIteration from None


async def test_items_may_come_from_any_async_iterable() -> None:
    assert (await ADMIN.bulk(Work()).run(Names("a", "b"))).done == ["a", "b"]


async def test_listing_error_is_raised_after_started_items() -> None:
    async def names() -> AsyncIterator[str]:
        yield "a"
        raise errors.TooManyRequestsException("slow down")

    bulk = ADMIN.bulk(Work())
    with pytest.raises(errors.TooManyRequestsException):
        await bulk.run(names())
    assert bulk.done == ["a"]


async def test_users_of_a_pool_can_be_the_items() -> None:
    pool, recorder = scripted(
        {"Users": [{"Username": "a"}, {"Username": "b"}]},
        {},
        refusal("UserNotFoundException", "User does not exist."),
        credentials=Credentials("AKIDEXAMPLE", "secret-access-key"),
    )
    names = [user.username async for user in pool.admin.users()]
    bulk = await pool.admin.bulk(pool.admin.delete_user, at_once=1).run(names)
    assert bulk.done == ["a"] and [failure.item for failure in bulk.failed] == ["b"]
    assert recorder.operations == ["ListUsers", "AdminDeleteUser", "AdminDeleteUser"]


@pytest.mark.parametrize("error", [errors.CredentialsError("none"), RuntimeError("mine")])
async def test_errors_that_are_not_refusals_end_the_run(error: Exception) -> None:
    calls: list[str] = []

    async def work(item: str) -> None:
        calls.append(item)
        await anyio.lowlevel.checkpoint()
        if item == "b":
            raise error

    bulk = ADMIN.bulk(work, at_once=1)
    with pytest.raises(type(error)) as caught:
        await bulk.run(["a", "b", "c"])
    assert caught.value is error and calls in (["a", "b"], ["a", "b", "c"])
    assert bulk.done == ["a"] and not bulk.failed


@pytest.mark.parametrize(
    "given", [{"at_once": 0}, {"at_once": True}, {"at_once": 1.5}, {"on_progress": 3}, {"work": 3}]
)
def test_invalid_arguments_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        ADMIN.bulk(**{"work": Work(), **given})
