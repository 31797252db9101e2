"""The checks of the store contract: a store that breaks a rule must fail the check of that rule."""

from __future__ import annotations

import pytest

from cognito_async import MemoryStore, TokenStore
from cognito_async._stores import contract as records
from cognito_async._stores import lock_contract as locks
from cognito_async.testing import STORE_CHECKS, MakeStore, StoreCheck

from . import broken_stores as broken
from .broken_stores import FlagLock

pytestmark = [pytest.mark.anyio, pytest.mark.table]


def single_object(kind: type[MemoryStore]) -> MakeStore:
    store = kind()
    return lambda: store


def separate_objects() -> MakeStore:
    """Make objects that share their records but not their locks, as a faulty store in two processes would."""
    shared = MemoryStore()

    def make() -> TokenStore:
        store = MemoryStore()
        store._records = shared._records
        return store

    return make


# The message of a check that exceeds its time limit.
HANGS = "waits for ever"
BROKEN: list[tuple[type[MemoryStore], StoreCheck, str]] = [
    (
        broken.Forgets,
        records.saved_records_are_loaded_until_deleted,
        "not return the text of the last save",
    ),
    (broken.NeverDeletes, records.saved_records_are_loaded_until_deleted, "found a record that was deleted"),
    (broken.HasForeignRecord, records.saved_records_are_loaded_until_deleted, "found a record where none was saved"),
    (broken.OtherVersion, records.saved_records_are_loaded_until_deleted, "another version than save"),
    (broken.StripsKeys, records.similar_keys_have_separate_records, "has the text of another key"),
    (broken.DeletesByPrefix, records.similar_keys_have_separate_records, "deleting 'a' deleted 'a ' too"),
    (broken.StripsTexts, records.any_text_is_loaded_unchanged, "was changed"),
    (broken.CountsFromZero, records.save_replaces_only_the_expected_version, "returned the version 0"),
    (broken.IgnoresExpected, records.save_replaces_only_the_expected_version, "expected=0 wrote over a record"),
    (broken.IgnoresZero, records.save_replaces_only_the_expected_version, "expected=0 wrote over a record"),
    (
        broken.AcceptsOlderVersions,
        records.save_replaces_only_the_expected_version,
        "stale version wrote over a newer record",
    ),
    (
        broken.IgnoresExpectedIfAbsent,
        records.save_replaces_only_the_expected_version,
        "wrote where there was no record",
    ),
    (
        broken.WritesButReturnsNone,
        records.save_replaces_only_the_expected_version,
        "wrote nothing, although expected=1",
    ),
    (broken.NeverChangesVersion, records.save_replaces_only_the_expected_version, "did not change the version"),
    (broken.NeverWrites, records.save_replaces_only_the_expected_version, "wrote nothing, although expected=0"),
    (broken.ChecksThenWrites, records.one_of_several_concurrent_writers_wins, "6 of 6 writers .* must be one"),
    (
        broken.ReportsTheWrongWriter,
        records.one_of_several_concurrent_writers_wins,
        "not that of the writer whose save succeeded",
    ),
    (broken.RestartsVersions, records.versions_are_never_reused, "a version that the key has had before"),
    (broken.DeleteMustFind, records.absent_records_can_be_deleted, "there is nothing under this key"),
    (broken.NoLock, locks.lock_is_held_by_one_task_at_a_time, "tasks held the lock of one key at the same time"),
    (broken.OneLock, locks.locks_of_different_keys_are_independent, HANGS),
    (broken.LoadsUnderTheLock, locks.locked_records_can_be_read_and_written, HANGS),
    (broken.LockedAfterError, locks.lock_is_released_after_an_error, HANGS),
    (broken.OtherError, locks.lock_is_released_after_an_error, "became RuntimeError"),
    (broken.SwallowsErrors, locks.lock_is_released_after_an_error, "became NoneType"),
    (broken.LockedAfterCancellation, locks.lock_is_released_after_a_cancellation, HANGS),
    (
        broken.SwallowsCancellation,
        locks.lock_is_released_after_a_cancellation,
        "swallowed the cancellation",
    ),
    (broken.WaiterUnlocks, locks.cancelled_waiters_leave_the_lock_to_others, "while another task held it"),
    (broken.WaiterStays, locks.cancelled_waiters_leave_the_lock_to_others, HANGS),
    (broken.ShowsTexts, records.repr_hides_texts, "repr of the store"),
    (broken.ShowsRecords, records.repr_hides_texts, "repr of a record"),
]


@pytest.mark.parametrize(("kind", "check", "message"), BROKEN, ids=lambda part: getattr(part, "__name__", ""))
async def test_broken_store_fails_its_check(
    kind: type[MemoryStore], check: StoreCheck, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if message == HANGS:  # only then, because on a busy machine a check that ends may take longer
        monkeypatch.setattr(records, "_SECONDS", 0.1)
    with pytest.raises(AssertionError, match=message):
        await check(single_object(kind))


async def test_lock_of_one_object_only_fails_its_check() -> None:
    await locks.lock_is_held_by_one_task_at_a_time(separate_objects())
    with pytest.raises(AssertionError, match="3 tasks held the lock of one key at the same time"):
        await locks.lock_works_across_objects(separate_objects())


def test_each_check_is_listed_and_can_fail() -> None:
    failed = {check.__name__ for _, check, _ in BROKEN} | {"lock_works_across_objects"}
    assert [check.__name__ for check in STORE_CHECKS if check.__name__ not in failed] == []
    assert failed <= {check.__name__ for check in STORE_CHECKS}


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_base_class_of_broken_stores_passes_all_checks(check: StoreCheck) -> None:
    await check(single_object(FlagLock))
