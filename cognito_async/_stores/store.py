"""Where sessions are kept between calls or runs: a small protocol, and a store in memory."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import quote
from weakref import WeakValueDictionary

import anyio

from .._core.per_loop import PerLoop

RecordKind = Literal["session", "device", "alias", "users"]


@dataclass(frozen=True, slots=True)
class Record:
    """What a store holds under one key: a text that holds secrets, and the version that it has there."""

    text: str = field(repr=False)
    version: int


class TokenStore(Protocol):
    """Implement this to keep sessions wherever your program keeps its state; `MemoryStore` shows how little it takes.

    Keys and texts are opaque to a store. Texts hold tokens: keep them where tokens may be kept. A method raises
    `StoreError` when it cannot do its work; whatever it raises, the caller gets it, a refreshed token stays
    in memory, and a sign-out still ends the session at the service. What takes longer than ten seconds is
    broken off. `cognito_async.testing` has the tests that every store must pass.
    """

    async def load(self, key: str) -> Record | None:
        """The record under this key, or `None`."""
        ...

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record and return its new version, which no earlier record under this key has had.

        With `expected` (0: no record) nothing is written, and `None` returned, unless the record
        still has that version: so that of two writers who read the same record only one wins, also
        where it was deleted and made anew in between.
        """
        ...

    async def delete(self, key: str) -> None:
        """Forget the record, if there is one."""
        ...

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by one task at a time among all that share the store, in this process and in others.

        A session's lock is held while its tokens are renewed, thus while a call to the service is made. Where
        a process can die without its lock being given back, the lock must end by itself (a lease); what is
        done under it is then broken off with `StoreError` before that.
        """
        ...


def record_key(kind: RecordKind, binding: tuple[str, str], username: str = "", namespace: str | None = None) -> str:
    """The key of a record: sessions end with a sign-out, device records outlive it, an alias leads to one of
    these, `users` names all who are remembered and the current one.
    """
    space = () if namespace is None else (quote(namespace, safe=""),)
    return "/".join((*space, kind, *binding, username))


class LoopLocks:
    """One lock per key and event loop, for stores whose other users are tasks of this process."""

    def __init__(self) -> None:
        # A lock is gone when nobody holds or waits for it: a service has as many keys as people.
        self._locks: PerLoop[WeakValueDictionary[str, anyio.Lock]] = PerLoop(WeakValueDictionary)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by one task of this event loop at a time."""
        return self._locks.get().setdefault(key, anyio.Lock())


class MemoryStore(LoopLocks):
    """The store that every `Auth` has unless it is given another: sessions live as long as the object."""

    def __init__(self) -> None:
        super().__init__()
        self._records: dict[str, Record] = {}
        self._newest = 0

    def __repr__(self) -> str:
        return f"MemoryStore(<{len(self._records)} records>)"

    async def load(self, key: str) -> Record | None:
        """The record under this key, or `None`: see `TokenStore.load`."""
        return self._records.get(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record, or `None` if it is not at `expected`: see `TokenStore.save`."""
        if not is_expected(self._records.get(key), expected):
            return None
        self._newest += 1
        self._records[key] = Record(text, self._newest)
        return self._newest

    async def delete(self, key: str) -> None:
        """Forget the record: see `TokenStore.delete`."""
        self._records.pop(key, None)


def is_expected(held: Record | None, expected: int | None) -> bool:
    """Whether a write may go ahead: the record is still the one that the writer has seen."""
    return expected is None or expected == (held.version if held is not None else 0)
