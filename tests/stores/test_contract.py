"""The contract of a store can fail: for each rule a store that breaks it is caught, by the check that is named."""

from __future__ import annotations

import pytest

from cognito_async import MemoryStore, TokenStore
from cognito_async._stores import contract as records
from cognito_async._stores import lock_contract as locks
from cognito_async.testing import STORE_CHECKS, MakeStore, StoreCheck

from . import broken_stores as broken
from .broken_stores import Flagged

pytestmark = pytest.mark.anyio


def one(kind: type[MemoryStore]) -> MakeStore:
    store = kind()
    return lambda: store


def apart() -> MakeStore:
    """Objects that share their records, but each with locks of its own: as two processes would have."""
    records = MemoryStore()

    def make() -> TokenStore:
        made = MemoryStore()
        made._records = records._records
        return made

    return make


BROKEN: list[tuple[type[MemoryStore], StoreCheck, str]] = [
    (
        broken.Forgets,
        records.what_was_saved_is_loaded_until_it_is_deleted,
        "not return the text that was saved last",
    ),
    (broken.NeverDeletes, records.what_was_saved_is_loaded_until_it_is_deleted, "found a record that was deleted"),
    (broken.NotEmpty, records.what_was_saved_is_loaded_until_it_is_deleted, "found a record where none was saved"),
    (broken.OtherVersion, records.what_was_saved_is_loaded_until_it_is_deleted, "another version than save"),
    (broken.Folds, records.keys_are_kept_apart, "has the text of another key"),
    (broken.DeletesByPrefix, records.keys_are_kept_apart, "deleting 'a' deleted 'a ' too"),
    (broken.Strips, records.any_text_comes_back_as_it_was, "came back changed"),
    (broken.FromZero, records.a_save_with_expected_writes_over_nothing_else, "returned the version 0"),
    (broken.Careless, records.a_save_with_expected_writes_over_nothing_else, "expected=0 wrote over a record"),
    (broken.ZeroIsAny, records.a_save_with_expected_writes_over_nothing_else, "expected=0 wrote over a record"),
    (broken.Later, records.a_save_with_expected_writes_over_nothing_else, "stale version wrote over a newer record"),
    (broken.AbsentIsAny, records.a_save_with_expected_writes_over_nothing_else, "wrote where there was no record"),
    (broken.WritesAndSaysNo, records.a_save_with_expected_writes_over_nothing_else, "wrote nothing, though expected=1"),
    (broken.NeverChanges, records.a_save_with_expected_writes_over_nothing_else, "did not change the version"),
    (broken.Refuses, records.a_save_with_expected_writes_over_nothing_else, "wrote nothing, though expected=0"),
    (broken.LooksThenWrites, records.of_many_writers_at_once_one_wins, "6 wrote: one must"),
    (
        broken.TellsTheWrongOne,
        records.of_many_writers_at_once_one_wins,
        "not that of the writer who was told",
    ),
    (broken.Counts, records.a_version_never_comes_back, "a version that the key has had before"),
    (broken.DeleteMustFind, records.what_is_absent_can_be_deleted, "there is nothing under this key"),
    (broken.NoLock, locks.a_lock_is_held_by_one_task_at_a_time, "tasks held the lock of one key at the same time"),
    (broken.OneLock, locks.locks_of_different_keys_do_not_wait, "waits for ever"),
    (broken.LoadsUnderTheLock, locks.what_is_locked_can_be_read_and_written, "waits for ever"),
    (broken.KeptOnError, locks.a_lock_is_given_back_on_an_error, "waits for ever"),
    (broken.OtherError, locks.a_lock_is_given_back_on_an_error, "came out as RuntimeError"),
    (broken.SwallowsErrors, locks.a_lock_is_given_back_on_an_error, "came out as NoneType"),
    (broken.KeptOnCancellation, locks.a_lock_is_given_back_when_its_holder_is_cancelled, "waits for ever"),
    (
        broken.SwallowsCancellation,
        locks.a_lock_is_given_back_when_its_holder_is_cancelled,
        "swallowed the cancellation",
    ),
    (broken.WaiterUnlocks, locks.a_waiter_that_is_cancelled_leaves_the_lock_to_others, "while another task held it"),
    (broken.WaiterStays, locks.a_waiter_that_is_cancelled_leaves_the_lock_to_others, "waits for ever"),
    (broken.Shows, records.nothing_saved_shows, "repr of the store"),
    (broken.ShowsRecords, records.nothing_saved_shows, "repr of a record"),
]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is in this process, and need not be waited for."""
    monkeypatch.setattr(records, "_SECONDS", 0.1)


@pytest.mark.parametrize(("kind", "check", "said"), BROKEN, ids=lambda part: getattr(part, "__name__", ""))
async def test_a_broken_store_is_caught(kind: type[MemoryStore], check: StoreCheck, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        await check(one(kind))


async def test_a_lock_that_other_objects_do_not_see_is_caught() -> None:
    await locks.a_lock_is_held_by_one_task_at_a_time(apart())
    with pytest.raises(AssertionError, match="3 tasks held the lock of one key at the same time"):
        await locks.a_lock_holds_among_objects(apart())


def test_each_check_has_failed_and_is_in_the_list() -> None:
    failed = {check.__name__ for _, check, _ in BROKEN} | {"a_lock_holds_among_objects"}
    assert [check.__name__ for check in STORE_CHECKS if check.__name__ not in failed] == []
    assert failed <= {check.__name__ for check in STORE_CHECKS}


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_the_parts_that_the_broken_are_made_of_are_sound(check: StoreCheck) -> None:
    await check(one(Flagged))
