"""Stores that break one rule of the store contract each. The name of the class or its docstring says which."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import anyio

from cognito_async import MemoryStore, Record


class Forgets(MemoryStore):
    async def load(self, key: str) -> Record | None:
        return None


class NeverDeletes(MemoryStore):
    async def delete(self, key: str) -> None: ...


class HasForeignRecord(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self._records["a"] = Record("of another user", 1)


class OtherVersion(MemoryStore):
    async def load(self, key: str) -> Record | None:
        record = await super().load(key)
        return record and Record(record.text, record.version + 1)


class StripsKeys(MemoryStore):
    """Treats two similar keys as one."""

    async def load(self, key: str) -> Record | None:
        return await super().load(key.strip())

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key.strip(), text)


class DeletesByPrefix(MemoryStore):
    async def delete(self, key: str) -> None:
        for name in [name for name in self._records if name.startswith(key)]:
            del self._records[name]


class StripsTexts(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text.strip(), expected=expected)


class CountsFromZero(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        return version and version - 1


class IgnoresExpected(MemoryStore):
    """Ignores `expected`."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text)


class WritesButReturnsNone(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        if version is None:
            await super().save(key, text)
        return version


class AcceptsOlderVersions(MemoryStore):
    """Accepts an expected version that is older than the record's."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        record = self._records.get(key)
        if expected and record is not None and expected <= record.version:
            expected = record.version
        return await super().save(key, text, expected=expected)


class IgnoresExpectedIfAbsent(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text, expected=expected if key in self._records else None)


class ReportsTheWrongWriter(MemoryStore):
    """Reports that the first writer has won, but holds the text of the last."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        if version is None:
            self._records[key] = Record(text, self._records[key].version)
        return version


class IgnoresZero(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return await super().save(key, text, expected=expected or None)


class NeverChangesVersion(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        self._newest = 0
        return await super().save(key, text, expected=expected)


class NeverWrites(MemoryStore):
    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        return None


class ChecksThenWrites(MemoryStore):
    """Lets other tasks run between the comparison and the write."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        record = self._records.get(key)
        await anyio.lowlevel.checkpoint()
        if expected is not None and expected != (record.version if record else 0):
            return None
        return await super().save(key, text)


class RestartsVersions(MemoryStore):
    """Counts versions from one again after a record is deleted."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        record = self._records.get(key)
        self._newest = record.version if record else 0
        return await super().save(key, text, expected=expected)


class DeleteMustFind(MemoryStore):
    async def delete(self, key: str) -> None:
        if key not in self._records:
            raise AssertionError("there is nothing under this key")
        await super().delete(key)


class FlagLock(MemoryStore):
    """A correct store. Its lock is a flag for each key, which waiters poll. Each subclass breaks one method."""

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


class LoadsUnderTheLock(FlagLock):
    """Takes the lock in `load`, so a task that holds the lock and loads waits for ever."""

    async def load(self, key: str) -> Record | None:
        async with self.lock(key):
            return await super().load(key)


class NoLock(FlagLock):
    async def take(self, key: str) -> None: ...


class OneLock(FlagLock):
    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self.held("")


class LockedAfterError(FlagLock):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        await self.take(key)
        yield
        self.taken.discard(key)


class LockedAfterCancellation(FlagLock):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        await self.take(key)
        try:
            yield
        except Exception:
            self.taken.discard(key)
            raise
        self.taken.discard(key)


class OtherError(FlagLock):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        async with super().held(key):
            try:
                yield
            except ValueError:
                raise RuntimeError from None


class SwallowsErrors(FlagLock):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        async with super().held(key):
            with suppress(ValueError):
                yield


class SwallowsCancellation(FlagLock):
    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        async with super().held(key):
            with suppress(anyio.get_cancelled_exc_class()):
                yield


class WaiterUnlocks(FlagLock):
    """A cancelled waiter releases a lock that it does not hold."""

    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        try:
            await self.take(key)
            yield
        finally:
            self.taken.discard(key)


class WaiterStays(FlagLock):
    """A cancelled waiter stays in the queue."""

    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        self.queue = [*getattr(self, "queue", ()), mine := object()]
        while self.queue[0] is not mine:
            await anyio.lowlevel.checkpoint()
        yield
        self.queue.remove(mine)


class ShowsTexts(MemoryStore):
    def __repr__(self) -> str:
        return f"ShowsTexts({[record.text for record in self._records.values()]})"


class OpenRecord(Record):
    def __repr__(self) -> str:
        return f"Record({self.text!r})"


class ShowsRecords(MemoryStore):
    async def load(self, key: str) -> Record | None:
        record = await super().load(key)
        return record and OpenRecord(record.text, record.version)
