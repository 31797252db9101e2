"""Credentials of a source are requested once for all threads of a process."""

from __future__ import annotations

import threading
from datetime import datetime

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from cognito_async._aws.credentials.chain import resolve
from cognito_async._core.clock import Clock
from cognito_async.credentials import Credentials
from cognito_async.local import MovableClock
from tests.aws.credentials.test_cached import NumberedSource, number
from tests.threads import run_in_threads


def test_threads_share_one_request(clock: MovableClock) -> None:
    class Gated(NumberedSource):
        async def load(self, clock: Clock) -> Credentials:
            credentials = await super().load(clock)
            assert await anyio.to_thread.run_sync(go_on.wait, 30)
            return credentials

    source, go_on = Gated(clock), threading.Event()
    all_wait = threading.Barrier(4, go_on.set)
    provider = resolve(source, clock)

    async def ask() -> list[int]:
        numbers: list[int] = []

        async def one() -> None:
            numbers.append(await number(provider))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(one)
            while not source.loads:
                await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(all_wait.wait, 30)
        return numbers

    assert run_in_threads(*[ask] * 4) == [[1] * 3] * 4
    assert source.loads == 1


def test_call_that_overlaps_with_a_refresh_of_another_thread_uses_it(
    clock: MovableClock, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, read = NumberedSource(clock), clock.now
    provider = resolve(source, clock)

    def now_while_another_thread_refreshes() -> datetime:
        monkeypatch.setattr(clock, "now", read)
        assert run_in_threads(lambda: number(provider)) == [1]
        return read()

    monkeypatch.setattr(clock, "now", now_while_another_thread_refreshes)
    assert anyio.run(number, provider, backend=anyio_backend) == 1
    assert source.loads == 1
