"""The contract of a store can fail: for each rule a store that breaks it is caught, by the check that is named."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace

import anyio
import pytest

from cognito_async import MemoryStore, Record, TokenStore
from cognito_async._tokens import contract as records
from cognito_async._tokens import lock_contract as locks
from cognito_async.testing import STORE_CHECKS, MakeStore, StoreCheck

pytestmark = pytest.mark.anyio


class Forgets(MemoryStore):
    async def load(self, key: str) -> Record | None:
        return None


class NeverDeletes(MemoryStore):
    async def delete(self, key: str) -> None: ...


class NotEmpty(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self._records["a"] = Record("of somebody else", 1)


class OtherVersion(MemoryStore):
    async def load(self, key: str) -> Record | None:
        record = await super().load(key)
        return record and replace(record, version=record.version + 1)


class Folds(MemoryStore):
    """Thinks that two keys are one."""

    async def load(self, key: str) -> Record | None:
        return await super().load(key.strip())

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key.strip(), text)


class DeletesByPrefix(MemoryStore):
    async def delete(self, key: str) -> None:
        for name in [name for name in self._records if name.startswith(key)]:
            del self._records[name]


class Strips(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text.strip(), expected=expected)


class FromZero(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        return version and version - 1


class Careless(MemoryStore):
    """Writes, whatever was expected."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text)


class WritesAndSaysNo(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        if version is None:
            await super().save(key, text)
        return version


class Later(MemoryStore):
    """Takes a version for good that is not newer than the record's."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        record = self._records.get(key)
        if expected and record is not None and expected <= record.version:
            expected = record.version
        return await super().save(key, text, expected=expected)


class AbsentIsAny(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text, expected=expected if key in self._records else None)


class TellsTheWrongOne(MemoryStore):
    """The first of many is told that its text was written, and it was that of the last."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        if version is None:
            self._records[key] = replace(self._records[key], text=text)
        return version


class ZeroIsAny(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text, expected=expected or None)


class NeverChanges(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        self._newest = 0
        return await super().save(key, text, expected=expected)


class Refuses(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return None


class LooksThenWrites(MemoryStore):
    """Gives way between the comparison and the write."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        record = self._records.get(key)
        await anyio.lowlevel.checkpoint()
        if expected is not None and expected != (record.version if record else 0):
            return None
        return await super().save(key, text)


class Counts(MemoryStore):
    """Versions count from one again when a record was deleted."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        record = self._records.get(key)
        self._newest = record.version if record else 0
        return await super().save(key, text, expected=expected)


class DeleteMustFind(MemoryStore):
    async def delete(self, key: str) -> None:
        if key not in self._records:
            raise AssertionError("there is nothing under this key")
        await super().delete(key)


class Flagged(MemoryStore):
    """Its lock is a flag for each key, that is set and looked at in turns; what is wrong with it is in `held`."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()

    async def take(self, key: str) -> None:
        while key in self.taken:
            await anyio.lowlevel.checkpoint()
        self.taken.add(key)

    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        await self.take(key)
        try:
            yield
        finally:
            self.taken.discard(key)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self.held(key)


class LoadsUnderTheLock(Flagged):
    async def load(self, key: str) -> Record | None:
        async with self.lock(key):
            return await super().load(key)


class NoLock(Flagged):
    async def take(self, key: str) -> None: ...


class OneLock(Flagged):
    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self.held("")


class KeptOnError(Flagged):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        await self.take(key)
        yield
        self.taken.discard(key)


class KeptOnCancellation(Flagged):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        await self.take(key)
        try:
            yield
        except Exception:
            self.taken.discard(key)
            raise
        self.taken.discard(key)


class OtherError(Flagged):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        async with super().held(key):
            try:
                yield
            except ValueError:
                raise RuntimeError from None


class SwallowsErrors(Flagged):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        async with super().held(key):
            with suppress(ValueError):
                yield


class SwallowsCancellation(Flagged):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        async with super().held(key):
            with suppress(anyio.get_cancelled_exc_class()):
                yield


class WaiterUnlocks(Flagged):
    """A waiter that is cancelled gives back a lock that it does not hold."""

    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        try:
            await self.take(key)
            yield
        finally:
            self.taken.discard(key)


class WaiterStays(Flagged):
    """A waiter that is cancelled keeps its place in the queue."""

    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        self.queue = [*getattr(self, "queue", ()), mine := object()]
        while self.queue[0] is not mine:
            await anyio.lowlevel.checkpoint()
        yield
        self.queue.remove(mine)


class Shows(MemoryStore):
    def __repr__(self) -> str:
        return f"Shows({[record.text for record in self._records.values()]})"


class OpenRecord(Record):
    def __repr__(self) -> str:
        return f"Record({self.text!r})"


class ShowsRecords(MemoryStore):
    async def load(self, key: str) -> Record | None:
        record = await super().load(key)
        return record and OpenRecord(record.text, record.version)


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
    (Forgets, records.what_was_saved_is_loaded_until_it_is_deleted, "did not return the text that was saved last"),
    (NeverDeletes, records.what_was_saved_is_loaded_until_it_is_deleted, "found a record that was deleted"),
    (NotEmpty, records.what_was_saved_is_loaded_until_it_is_deleted, "found a record where none was saved"),
    (OtherVersion, records.what_was_saved_is_loaded_until_it_is_deleted, "another version than save"),
    (Folds, records.keys_are_kept_apart, "has the text of another key"),
    (DeletesByPrefix, records.keys_are_kept_apart, "deleting 'a' deleted 'a ' too"),
    (Strips, records.any_text_comes_back_as_it_was, "came back changed"),
    (FromZero, records.a_save_with_expected_writes_over_nothing_else, "returned the version 0"),
    (Careless, records.a_save_with_expected_writes_over_nothing_else, "expected=0 wrote over a record"),
    (ZeroIsAny, records.a_save_with_expected_writes_over_nothing_else, "expected=0 wrote over a record"),
    (Later, records.a_save_with_expected_writes_over_nothing_else, "stale version wrote over a newer record"),
    (AbsentIsAny, records.a_save_with_expected_writes_over_nothing_else, "wrote where there was no record"),
    (WritesAndSaysNo, records.a_save_with_expected_writes_over_nothing_else, "wrote nothing, though expected=1"),
    (NeverChanges, records.a_save_with_expected_writes_over_nothing_else, "did not change the version"),
    (Refuses, records.a_save_with_expected_writes_over_nothing_else, "wrote nothing, though expected=0"),
    (LooksThenWrites, records.of_many_writers_at_once_one_wins, "6 wrote: one must"),
    (TellsTheWrongOne, records.of_many_writers_at_once_one_wins, "not that of the writer who was told to have won"),
    (Counts, records.a_version_never_comes_back, "a version that the key has had before"),
    (DeleteMustFind, records.what_is_absent_can_be_deleted, "there is nothing under this key"),
    (NoLock, locks.a_lock_is_held_by_one_task_at_a_time, "tasks held the lock of one key at the same time"),
    (OneLock, locks.locks_of_different_keys_do_not_wait, "waits for ever"),
    (LoadsUnderTheLock, locks.what_is_locked_can_be_read_and_written, "waits for ever"),
    (KeptOnError, locks.a_lock_is_given_back_on_an_error, "waits for ever"),
    (OtherError, locks.a_lock_is_given_back_on_an_error, "came out as RuntimeError"),
    (SwallowsErrors, locks.a_lock_is_given_back_on_an_error, "came out as NoneType"),
    (KeptOnCancellation, locks.a_lock_is_given_back_when_its_holder_is_cancelled, "waits for ever"),
    (SwallowsCancellation, locks.a_lock_is_given_back_when_its_holder_is_cancelled, "swallowed the cancellation"),
    (WaiterUnlocks, locks.a_waiter_that_is_cancelled_leaves_the_lock_to_others, "while another task held it"),
    (WaiterStays, locks.a_waiter_that_is_cancelled_leaves_the_lock_to_others, "waits for ever"),
    (Shows, records.nothing_saved_shows, "repr of the store"),
    (ShowsRecords, records.nothing_saved_shows, "repr of a record"),
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
