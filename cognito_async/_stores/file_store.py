"""A store in one file that only its owner can read: for command lines and single-user programs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import anyio
from anyio import to_thread

from .._core.errors import ConfigurationError, StoreError
from .._core.redact import mask
from .._core.secret import Secret
from .file_format import Contents, FileKey, pack, unpack
from .file_lock import pauses
from .key_source import KeySource
from .store import LoopLocks, Record, is_expected
from .store_file import StoreFile

T = TypeVar("T")
_LONGEST_PAUSE = 0.08


class FileStore(LoopLocks):
    """Pass one as `store=` to stay signed in between runs of a program.

    The file has mode 0600 and is replaced as a whole and durably: a reader never sees half of it, and what was
    saved is there after a crash. Several processes may share it, through lock files beside it; on Windows, which
    has no such locks, one at a time. All file work is done in a worker thread.

    Args:
        path: the file; its folder is made (mode 0700) when it is first needed.
        key: random text or bytes, 32 or more, to encrypt the file with, or a `KeyringKey`; without one
            the file holds tokens in the clear.

    Raises:
        ConfigurationError: when the key is too short; from the methods, when the file is readable by others, is not
            a store, or was made with another key.
        StoreError: (from the methods) when the file or the keyring cannot be used now. What was saved before stays.
    """

    def __init__(self, path: str | os.PathLike[str], *, key: str | bytes | KeySource | None = None) -> None:
        super().__init__()
        key = mask(key)
        if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
            raise ConfigurationError("path must be the path of a file")
        self._path = Path(path)
        self._file = StoreFile(self._path)
        self._key = FileKey(key)

    def __repr__(self) -> str:
        return f"FileStore({str(self._path)!r}{', key=<key>' if self._key.is_set else ''})"

    async def load(self, key: str) -> Record | None:
        """The record under this key, or `None`: see `TokenStore.load`."""
        # Reading can be given up at any time, and a keyring may wait for somebody.
        contents = await to_thread.run_sync(self._told, self._read, abandon_on_cancel=True)
        held = contents.records.get(key) if contents is not None else None
        return Record(*held) if held is not None else None

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record, or `None` if it is not at `expected`: see `TokenStore.save`."""
        text = mask(text)
        secret = Secret.of(text)
        _check_text(key, secret)

        def change(contents: Contents) -> int | None:
            held = contents.records.get(key)
            if not is_expected(Record(*held) if held is not None else None, expected):
                return None
            contents.newest += 1
            contents.records[key] = (secret.reveal(), contents.newest)
            return contents.newest

        if not self._key.is_at_hand:
            await to_thread.run_sync(self._told, self._ask_keyring, abandon_on_cancel=True)
        return await to_thread.run_sync(self._told, lambda: self._change(change))

    async def delete(self, key: str) -> None:
        """Forget the record: see `TokenStore.delete`."""

        def change(contents: Contents) -> bool | None:
            return contents.records.pop(key, None) is not None or None

        if await self.load(key) is not None:
            await to_thread.run_sync(self._told, lambda: self._change(change))

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Held by one task among all processes: see `TokenStore.lock`. The kernel gives it back for who dies."""
        async with super().lock(key):  # in the order of their coming, and without asking the kernel
            lock = self._file.lock(key)
            try:
                pause = pauses(_LONGEST_PAUSE)
                while not await to_thread.run_sync(self._told, lock.take):  # noqa: ASYNC110 - no event tells of others
                    await anyio.sleep(next(pause))
                yield
            finally:
                lock.release()

    def _told(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except OSError as error:
            raise StoreError(f"{self._path} cannot be used as a store: {error.strerror or error}") from None

    def _read(self) -> Contents | None:
        content = self._file.read()
        if content is None:
            return None
        try:
            return unpack(content, self._key)
        except ConfigurationError as error:
            raise ConfigurationError(f"{self._path} cannot be used as a store: {error}") from None

    def _ask_keyring(self) -> None:
        """Have the key before the work that must not be given up half-way; two processes make one key."""
        if self._read() is None:
            with self._file.turn():
                self._key.seal(new=self._read() is None)

    def _change(self, change: Callable[[Contents], T | None]) -> T | None:
        """Read, change and write in one turn; a change that returns `None` has changed nothing."""
        with self._file.turn():
            found = self._read()
            contents = found or Contents.new()
            outcome = change(contents)
            if outcome is not None:
                self._file.write(pack(contents, self._key, new=found is None))
            return outcome


def _check_text(key: str, text: Secret[str]) -> None:
    """What could not be read back must not get into a file that holds other records too."""
    if not (_is_encodable(key) and _is_encodable(text.reveal())):
        raise ConfigurationError("a record holds a character that UTF-8 cannot express")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
