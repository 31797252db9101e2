"""Where sessions are kept between calls or runs: a small protocol, and a store in memory."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

import anyio

from .._ground.per_loop import PerLoop

RecordKind = Literal["session", "device", "alias", "current"]


@dataclass(frozen=True, slots=True)
class Record:
    """What a store holds under one key: a text that holds secrets, and the version that it has there."""

    text: str = field(repr=False)
    version: int


class TokenStore(Protocol):
    """Implement this to keep sessions wherever your program keeps its state; `MemoryStore` shows how little it takes.

    Keys and texts are opaque to a store. Texts hold tokens: keep them where tokens may be kept. A method may
    raise what it likes: the caller gets it, a refreshed token stays in memory, and a sign-out still ends the
    session at the service. What takes longer than ten seconds is broken off.
    """

    async def load(self, key: str) -> Record | None:
        """The record under this key, or `None`."""
        ...

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record and return its new version.

        With `expected` (0: no record yet) nothing is written, and `None` returned, unless the record
        still has that version: so that of two writers who read the same record only one wins.
        """
        ...

    async def delete(self, key: str) -> None:
        """Forget the record, if there is one."""
        ...

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held around a read-change-write by everybody who shares the store."""
        ...


def record_key(kind: RecordKind, binding: tuple[str, str], username: str = "") -> str:
    """The key of a record: sessions end with a sign-out, device records outlive it, an alias leads to one of
    these, `current` names the user.
    """
    return "/".join((kind, *binding, username))


class LoopLocks:
    """One lock per key and event loop, for stores whose other users are tasks of this process."""

    def __init__(self) -> None:
        self._locks: PerLoop[dict[str, anyio.Lock]] = PerLoop(dict)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by one task of this event loop at a time."""
        return self._locks.get().setdefault(key, anyio.Lock())


class MemoryStore(LoopLocks):
    """The store that every `Auth` has unless it is given another: sessions live as long as the object."""

    def __init__(self) -> None:
        super().__init__()
        self._records: dict[str, Record] = {}

    def __repr__(self) -> str:
        return f"MemoryStore(<{len(self._records)} records>)"

    async def load(self, key: str) -> Record | None:
        """The record under this key, or `None`: see `TokenStore.load`."""
        return self._records.get(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record, or `None` if it is not at `expected`: see `TokenStore.save`."""
        version = current_version(self._records.get(key), expected)
        if version is not None:
            self._records[key] = Record(text, version)
        return version

    async def delete(self, key: str) -> None:
        """Forget the record: see `TokenStore.delete`."""
        self._records.pop(key, None)


def current_version(held: Record | None, expected: int | None) -> int | None:
    """The version that a write makes, or `None` where the expected one is not there any more."""
    version = held.version if held is not None else 0
    return version + 1 if expected in (None, version) else None
