"""The contract of a store for its locks, and the list of all store checks."""

from __future__ import annotations

import anyio

from .contract import RECORD_CHECKS, TASKS, MakeStore, StoreCheck, require, saved, store_check, text_of
from .store import TokenStore


async def let_others_run(store: TokenStore, key: str) -> None:
    """Let other tasks run long enough to enter a lock that does not work."""
    for _ in range(3):
        await store.load(key)
        await anyio.lowlevel.checkpoint()


async def _enter_together(stores: list[TokenStore]) -> None:
    inside: set[int] = set()
    counted: list[int] = []

    async def visit(number: int, store: TokenStore) -> None:
        async with store.lock("a"):
            inside.add(number)
            counted.append(len(inside))
            await let_others_run(store, "a")
            inside.remove(number)

    async with anyio.create_task_group() as group:
        for number, store in enumerate(stores):
            group.start_soon(visit, number, store)
    require(max(counted) == 1, f"{max(counted)} tasks held the lock of one key at the same time")


@store_check
async def lock_is_held_by_one_task_at_a_time(make: MakeStore) -> None:
    """Of several tasks that share one store object, one at a time holds a lock."""
    await _enter_together([make()] * TASKS)


@store_check
async def lock_works_across_objects(make: MakeStore) -> None:
    """Of several tasks with separate store objects, as in several processes, one at a time holds a lock."""
    await _enter_together([make(), make(), make()])


@store_check
async def locks_of_different_keys_are_independent(make: MakeStore) -> None:
    """A task waits only for locks of the same key, so it can hold several of different keys."""
    store = make()
    async with store.lock("a"), store.lock("a/b"), make().lock("b"):
        await let_others_run(store, "a")


@store_check
async def locked_records_can_be_read_and_written(make: MakeStore) -> None:
    """A lock keeps other tasks from holding the lock, not from using the record."""
    store = make()
    async with store.lock("a"):
        await saved(make(), "a", "text")
        require(text_of(await store.load("a")) == "text", "load did not return a record saved while its key was locked")
        await make().delete("a")


@store_check
async def lock_is_released_after_an_error(make: MakeStore) -> None:
    """After an error under a lock, the lock is free, and the error is raised unchanged."""
    store = make()
    for error in (ValueError("wrong"), KeyError("wrong")):
        caught: BaseException | None = None
        try:
            async with store.lock("a"):
                raise error
        except Exception as raised:  # noqa: BLE001 - any error is compared below
            caught = raised
        require(caught is error, f"an error raised under a lock became {type(caught).__name__}; it must not change")
    async with make().lock("a"):
        pass


@store_check
async def lock_is_released_after_a_cancellation(make: MakeStore) -> None:
    """After its holder is cancelled, a lock is free. It does not stop the cancellation."""
    store = make()
    with anyio.CancelScope() as scope:
        async with store.lock("a"):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
        raise AssertionError("a lock swallowed the cancellation of its holder")
    async with make().lock("a"):
        pass


@store_check
async def cancelled_waiters_leave_the_lock_to_others(make: MakeStore) -> None:
    """If waiters are cancelled, the holder still holds the lock, and the remaining waiters get it next."""
    store = make()
    entered: list[str] = []
    early: list[str] = []

    async def wait(name: str, waiter: TokenStore) -> None:
        async with waiter.lock("a"):
            entered.append(name)

    async with anyio.create_task_group() as patient, store.lock("a"):
        async with anyio.create_task_group() as impatient:
            for waiter in (store, make()):
                impatient.start_soon(wait, "cancelled", waiter)
            await let_others_run(store, "a")
            impatient.cancel_scope.cancel()
        for waiter in (store, make()):
            patient.start_soon(wait, "patient", waiter)
        await let_others_run(store, "a")
        early = list(entered)
    require(not early, "after a waiter was cancelled, a lock was entered while another task held it")
    require(entered == ["patient"] * 2, "a cancelled waiter entered the lock")


LOCK_CHECKS: tuple[StoreCheck, ...] = (
    lock_is_held_by_one_task_at_a_time,
    lock_works_across_objects,
    locks_of_different_keys_are_independent,
    locked_records_can_be_read_and_written,
    lock_is_released_after_an_error,
    lock_is_released_after_a_cancellation,
    cancelled_waiters_leave_the_lock_to_others,
)
STORE_CHECKS = (*RECORD_CHECKS, *LOCK_CHECKS)
