"""What every store must do with locks, and with that all checks of a store."""

from __future__ import annotations

import anyio

from .contract import RECORD_CHECKS, TASKS, MakeStore, StoreCheck, hold, saved, store_check, text_of
from .store import TokenStore


async def let_others_go(store: TokenStore, key: str) -> None:
    """Give other tasks the time in which a lock that does not hold would let them in."""
    for _ in range(3):
        await store.load(key)
        await anyio.lowlevel.checkpoint()


async def _take_turns(stores: list[TokenStore]) -> None:
    inside: set[int] = set()
    counted: list[int] = []

    async def visit(number: int, store: TokenStore) -> None:
        async with store.lock("a"):
            inside.add(number)
            counted.append(len(inside))
            await let_others_go(store, "a")
            inside.remove(number)

    async with anyio.create_task_group() as group:
        for number, store in enumerate(stores):
            group.start_soon(visit, number, store)
    hold(max(counted) == 1, f"{max(counted)} tasks held the lock of one key at the same time")


@store_check
async def a_lock_is_held_by_one_task_at_a_time(make: MakeStore) -> None:
    """Among tasks that share an object."""
    await _take_turns([make()] * TASKS)


@store_check
async def a_lock_holds_among_objects(make: MakeStore) -> None:
    """Among tasks with objects of their own, as in two processes."""
    await _take_turns([make(), make(), make()])


@store_check
async def locks_of_different_keys_do_not_wait(make: MakeStore) -> None:
    """One task may hold two, and each waits for its own key alone."""
    store = make()
    async with store.lock("a"), store.lock("a/b"), make().lock("b"):
        await let_others_go(store, "a")


@store_check
async def what_is_locked_can_be_read_and_written(make: MakeStore) -> None:
    """A lock keeps others from the lock, not from the record."""
    store = make()
    async with store.lock("a"):
        await saved(make(), "a", "text")
        hold(text_of(await store.load("a")) == "text", "what was saved while the key was locked was not loaded")
        await make().delete("a")


@store_check
async def a_lock_is_given_back_on_an_error(make: MakeStore) -> None:
    """And the error is the one that was raised."""
    store = make()
    for error in (ValueError("wrong"), KeyError("wrong")):
        caught: BaseException | None = None
        try:
            async with store.lock("a"):
                raise error
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is compared
            caught = raised
        hold(caught is error, f"an error raised under a lock came out as {type(caught).__name__}, not as it was")
    async with make().lock("a"):
        pass


@store_check
async def a_lock_is_given_back_when_its_holder_is_cancelled(make: MakeStore) -> None:
    """And the cancellation passes."""
    store = make()
    with anyio.CancelScope() as scope:
        async with store.lock("a"):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
        raise AssertionError("a lock swallowed the cancellation of its holder")
    async with make().lock("a"):
        pass


@store_check
async def a_waiter_that_is_cancelled_leaves_the_lock_to_others(make: MakeStore) -> None:
    """To its holder as long as it holds it, then to whoever waits."""
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
            await let_others_go(store, "a")
            impatient.cancel_scope.cancel()
        for waiter in (store, make()):
            patient.start_soon(wait, "patient", waiter)
        await let_others_go(store, "a")
        early = list(entered)
    hold(not early, "a lock was entered while another task held it, once a waiter was cancelled")
    hold(entered == ["patient"] * 2, "the lock was entered by a waiter who was cancelled")


LOCK_CHECKS: tuple[StoreCheck, ...] = (
    a_lock_is_held_by_one_task_at_a_time,
    a_lock_holds_among_objects,
    locks_of_different_keys_do_not_wait,
    what_is_locked_can_be_read_and_written,
    a_lock_is_given_back_on_an_error,
    a_lock_is_given_back_when_its_holder_is_cancelled,
    a_waiter_that_is_cancelled_leaves_the_lock_to_others,
)
STORE_CHECKS = (*RECORD_CHECKS, *LOCK_CHECKS)
