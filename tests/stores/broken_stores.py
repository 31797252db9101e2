"""Stores that break one rule each."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace

import anyio

from cognito_async import MemoryStore, Record


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
