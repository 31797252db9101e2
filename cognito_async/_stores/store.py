"""The protocol of stores, which hold sessions between calls or runs, and the store in memory."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, cast
from urllib.parse import quote

from .._core.concurrency.guard import guard
from .._core.concurrency.process_locks import ProcessLocks
from .._core.secret import SecretValue

RecordKind = Literal["session", "device", "alias", "users"]


class Record(SecretValue):
    """The record of one key in a store: a string that contains secrets, and its version.

    Args:
        text: the string that was saved. It contains tokens, so `repr` masks it.
        version: the number that `save` has returned for it.
    """

    __slots__ = ()
    __match_args__ = ("text", "version")
    shown = frozenset({"version"})

    def __init__(self, text: str, version: int) -> None:
        super().__init__(text, version)

    @property
    def text(self) -> str:
        """The string that was saved."""
        return cast("str", self._value("text"))

    @property
    def version(self) -> int:
        """The number that `save` has returned for it."""
        return cast("int", self._value("version"))


class TokenStore(Protocol):
    """Implement this to store sessions where your program stores its other data. `MemoryStore` is a short example.

    Keys and texts are opaque to a store. Texts contain tokens, so protect them like tokens. A method that cannot do
    its work raises `StoreError`. Any error that a method raises reaches the caller of the `Auth`. Even then, refreshed
    tokens stay in memory, and a sign-out ends the session at the service. A call is cancelled after ten seconds.
    `cognito_async.testing` has the tests that every store must pass.
    """

    async def load(self, key: str) -> Record | None:
        """Return the record of this key, or `None`."""
        ...

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record and return its new version, which no earlier record of this key has had.

        With `expected` (0: no record), write only if the record still has that version, otherwise return `None`.
        Of two writers that have read the same version, only one wins, even if the record was deleted and saved again
        in between.
        """
        ...

    async def delete(self, key: str) -> None:
        """Delete the record. An absent record is not an error."""
        ...

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Return a lock that one task holds at a time, of all tasks in this and other processes that share the store.

        A session's lock is held while its tokens are refreshed, which includes a call to the service. If a process can
        die holding the lock, the lock must expire (a lease). Before that, cancel the work under it and raise
        `StoreError`.
        """
        ...


def record_key(kind: RecordKind, binding: tuple[str, str], username: str = "", namespace: str | None = None) -> str:
    """Return the key of a record.

    A sign-out deletes the `session` record and keeps the `device` record. An `alias` record holds the canonical
    username of a device. The `users` record lists the signed-in users and the current one.
    """
    space = () if namespace is None else (quote(namespace, safe=""),)
    return "/".join((*space, kind, *binding, username))


class MemoryStore:
    """The default store of an `Auth`: sessions live as long as this object. Several threads may share one."""

    def __init__(self) -> None:
        self._locks = ProcessLocks()
        self._records: dict[str, Record] = {}
        self._newest = 0

    def __repr__(self) -> str:
        return f"MemoryStore(<{len(self._records)} records>)"

    async def load(self, key: str) -> Record | None:
        """Return the record of this key, or `None`: see `TokenStore.load`."""
        return self._records.get(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record if its version is `expected`; return the new version: see `TokenStore.save`."""
        with guard:
            if not is_expected(self._records.get(key), expected):
                return None
            self._newest += 1
            self._records[key] = Record(text, self._newest)
            return self._newest

    async def delete(self, key: str) -> None:
        """Delete the record: see `TokenStore.delete`."""
        self._records.pop(key, None)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Return a lock that one task of this process holds at a time: see `TokenStore.lock`."""
        return self._locks.lock(key)


def is_expected(held: Record | None, expected: int | None) -> bool:
    """Return whether a write may happen: `expected` is `None` or equals the record's version (0: no record)."""
    return expected is None or expected == (held.version if held is not None else 0)
