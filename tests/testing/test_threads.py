"""One local pool in several threads and event loops: steps of calls, triggers, the clock and the background loop."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cognito_async import errors
from cognito_async._testing import background
from cognito_async._testing.background import end_background, run_in_background
from cognito_async.local import LocalUserPool, MovableClock, PoolSettings, Triggers
from tests.threads import abandon, forked, run_in_threads, until


@pytest.fixture
def many_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("many_switches")
def test_users_are_made_in_several_threads_while_calls_run() -> None:
    local = LocalUserPool()

    async def make() -> list[str]:
        users = [local.make_user(groups=["a"]) for _ in range(3)]
        pool = local.user_pool()
        for user in users:
            assert (await pool.sign_in(user.username, user.password)).signed_in
            assert user.tokens.unverified_access_claims["cognito:groups"] == ["a"]
        return [user.username for user in users]

    names = [name for names in run_in_threads(make, make, make) for name in names]
    assert len(set(names)) == len(names) == 9


@pytest.mark.anyio
async def test_call_that_is_cancelled_in_a_trigger_leaves_the_pool_usable() -> None:
    ended: list[str] = []

    async def wait(event: dict[str, Any]) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(event["userName"])

    local = LocalUserPool(PoolSettings(triggers=Triggers(pre_sign_up=wait)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(local.user_pool().sign_up, "alice", "Passw0rd!")
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert ended == ["alice"]
    assert local.make_user("alice").username == "alice"


def test_call_that_is_abandoned_in_a_trigger_leaves_the_pool_usable() -> None:
    begun, ended = threading.Event(), list[str]()

    async def wait(event: dict[str, Any]) -> None:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(event["userName"])

    local = LocalUserPool(PoolSettings(triggers=Triggers(pre_sign_up=wait)))
    close = abandon(local.user_pool().sign_up("alice", "Passw0rd!"), begun)
    assert local.make_user("bob").username == "bob"
    close()
    assert ended == ["alice"]
    assert local.make_user("alice").username == "alice"


@pytest.mark.anyio
async def test_clock_is_moved_from_another_thread() -> None:
    clock = MovableClock()
    thread = threading.Thread(target=clock.advance, args=(10,))
    with clock.move_on_after(10) as scope:
        thread.start()
        await anyio.sleep_forever()
    thread.join()
    assert scope.cancelled_caught


@pytest.mark.anyio
async def test_scope_that_ends_before_it_can_be_cancelled_is_not() -> None:
    clock = MovableClock()
    thread = threading.Thread(target=clock.advance, args=(10,))
    with clock.move_on_after(10) as scope:
        thread.start()
        thread.join()
    await anyio.lowlevel.checkpoint()
    await anyio.lowlevel.checkpoint()
    assert not scope.cancel_called


async def _wait(event: dict[str, Any]) -> None:
    await anyio.sleep_forever()


def test_timeout_of_a_client_in_another_thread_ends_with_the_clock() -> None:
    local = LocalUserPool(PoolSettings(triggers=Triggers(pre_sign_up=_wait)))
    waiting: list[bool] = []

    async def call() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sign_up)
            await anyio.wait_all_tasks_blocked()
            waiting.append(True)

    async def sign_up() -> None:
        with pytest.raises(errors.OutcomeUnknown):
            await local.user_pool(timeout=10).sign_up("alice", "Passw0rd!")

    async def move() -> None:
        await until(lambda: waiting)
        local.clock.advance(10)

    run_in_threads(call, move)


def test_background_loop_runs_calls_of_all_threads_in_one_thread() -> None:
    async def ident() -> int:
        return threading.get_ident()

    async def nested() -> int:
        return run_in_background(ident)

    async def call() -> int:
        return run_in_background(ident)

    found = {*run_in_threads(call, call), run_in_background(ident)}
    assert len(found) == 1 and threading.get_ident() not in found
    assert run_in_background(nested) not in found, "the loop cannot wait for itself"


def test_background_loop_that_has_ended_starts_again() -> None:
    async def thread() -> threading.Thread:
        return threading.current_thread()

    before = run_in_background(thread)
    end_background()
    assert not before.is_alive()
    assert run_in_background(thread).is_alive()


def test_end_of_the_process_does_not_wait_for_a_handler_that_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_ENDING_SECONDS", 0.01)
    blocks, released = threading.Event(), threading.Event()

    async def block() -> None:
        blocks.set()
        released.wait(30)

    caller = threading.Thread(target=run_in_background, args=(block,))
    caller.start()
    assert blocks.wait(30)
    end_background()
    assert caller.is_alive()
    released.set()
    caller.join()


@pytest.mark.parametrize("error", [pytest.fail.Exception, KeyboardInterrupt, asyncio.CancelledError])
def test_background_loop_outlasts_an_error_that_is_no_exception(error: type[BaseException]) -> None:
    async def refuse(event: dict[str, Any]) -> dict[str, Any]:
        raise error

    local = LocalUserPool(PoolSettings(triggers=Triggers(pre_token_generation=refuse)))
    with pytest.raises(error):
        assert local.make_user("alice").tokens
    assert LocalUserPool().make_user("bob").tokens


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forked_process_starts_a_background_loop_of_its_own() -> None:
    local = LocalUserPool()
    user = local.make_user("alice")
    assert user.access_token
    with forked(functools.partial(_use, local)):
        pass


def _use(local: LocalUserPool) -> None:
    assert local.make_user("bob").access_token
    with local.serve() as server:
        assert server.endpoint
