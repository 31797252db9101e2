"""A store in one file that only its owner can read: for command lines and single-user programs."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

import anyio
from anyio import to_thread

from .._core.concurrency.process_locks import ProcessLocks
from .._core.errors import ConfigurationError, StoreError
from .._core.redact import mask
from .._core.secret import Secret
from .file_format import Contents, FileKey, pack, unpack
from .file_lock import backoff
from .key_source import KeySource
from .store import Record, is_expected
from .store_file import StoreFile

T = TypeVar("T")
_LONGEST_PAUSE = 0.08
# The names of the files that `StoreFile` puts next to a store's file. Otherwise, two stores could use one file. A name
# that ends with 16 hexadecimal digits is not such a file, but the write lock of that store would be: it would have the
# name of another store's key lock.
_FILE_OF_A_STORE = re.compile(r".*\.lock|\..*\.(new|[0-9a-f]{16})", re.DOTALL | re.IGNORECASE)


class FileStore:
    """Pass one as `store=` to stay signed in between runs of a program.

    The file has mode 0600. Each save replaces the whole file durably: a reader never sees half of it, and saved records
    survive a crash. Several processes may share the file, through lock files next to it. Windows has no such locks, so
    only one process at a time may use the file there. All file work runs in a worker thread.

    The file and its lock files must belong to the user who runs the program, and their folder to that user or root.
    Only that user may read or change the files. Only that user and the folder's group may create files in the folder.
    If every user may create files in a folder above, that folder must have the sticky bit, as `/tmp` has. Windows has
    no such checks.

    Args:
        path: the file; its folder is created (mode 0700) on first use. A relative path starts at the folder that is
            the current one now, even if the program changes to another later.
        key: encrypts the file: at least 32 random characters or bytes, or a `KeyringKey`. Without a key, the default,
            the file holds tokens in plain text.

    Raises:
        ConfigurationError: if the path is not that of a file, or the key is too short. The methods raise it if the file
            or its folder belongs to another user, if others can read or change it, or if the file is not a store or was
            encrypted with another key.
        StoreError: (from the methods) if the file or the keyring cannot be used now. Saved records stay.
    """

    def __init__(self, path: str | os.PathLike[str], *, key: str | bytes | KeySource | None = None) -> None:
        key = mask(key)
        self._key = FileKey(None)  # so that `repr` works in a traceback of this method
        self._path = Path()
        self._path = _checked_path(path)
        self._file = StoreFile(self._path)
        self._key = FileKey(key)
        self._locks = ProcessLocks()

    def __repr__(self) -> str:
        return f"FileStore({str(self._path)!r}{', key=<key>' if self._key.is_set else ''})"

    async def load(self, key: str) -> Record | None:
        """Return the record of this key, or `None`: see `TokenStore.load`."""
        # If the caller is cancelled, do not wait for the thread: abandoning a read is safe, and a keyring may wait for
        # the user.
        contents = await to_thread.run_sync(self._converting_errors, self._read, abandon_on_cancel=True)
        held = contents.records.get(key) if contents is not None else None
        return Record(*held) if held is not None else None

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record if its version is `expected`; return the new version: see `TokenStore.save`."""
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

        if not self._key.is_available:
            await to_thread.run_sync(self._converting_errors, self._read_keyring, abandon_on_cancel=True)
        return await to_thread.run_sync(self._converting_errors, lambda: self._change(change))

    async def delete(self, key: str) -> None:
        """Delete the record: see `TokenStore.delete`."""

        def change(contents: Contents) -> bool | None:
            return contents.records.pop(key, None) is not None or None

        if await self.load(key) is not None:
            await to_thread.run_sync(self._converting_errors, lambda: self._change(change))

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Return a lock that one task of all processes holds at a time: see `TokenStore.lock`.

        If the holder's process dies, the kernel releases the lock.
        """
        async with self._locks.lock(key):  # tasks that share this store wait in order, without system calls
            lock = self._file.key_lock(key)
            try:
                pause = backoff(_LONGEST_PAUSE)
                # No event reports that another process has released its lock.
                while not await to_thread.run_sync(self._converting_errors, lock.take):  # noqa: ASYNC110
                    await anyio.sleep(next(pause))
                yield
            finally:
                lock.release()

    def _converting_errors(self, work: Callable[[], T]) -> T:
        """Do the work; convert an `OSError` to a `StoreError`."""
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

    def _read_keyring(self) -> None:
        """Read the key from the keyring, or make it, before a write: a cancelled caller may abandon this, but no write.

        Under the write lock, only one of several processes makes the key.
        """
        if self._read() is None:
            with self._file.write_lock():
                self._key.seal(new=self._read() is None)

    def _change(self, change: Callable[[Contents], T | None]) -> T | None:
        """Read, change and write the file under the write lock. If `change` returns `None`, do not write."""
        with self._file.write_lock():
            found = self._read()
            contents = found or Contents.new()
            outcome = change(contents)
            if outcome is not None:
                self._file.write(pack(contents, self._key, new=found is None))
            return outcome


def _checked_path(path: object) -> Path:
    """Return the absolute path of a store's file.

    Raises:
        ConfigurationError: if no file can have this path, or another store would use it for a lock.
    """
    text: object = os.fspath(cast("os.PathLike[str]", path)) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str) or not text:
        raise ConfigurationError("path must be the path of a file, as a str or a pathlib.Path")
    if "\0" in text or not _is_encodable(text, os.fsencode):
        raise ConfigurationError("path contains a character that no file name can have")
    if text.startswith("~"):
        raise ConfigurationError("path begins with ~, which only a shell replaces: pass Path(…).expanduser()")
    checked = Path(text)
    if not checked.name or checked.name == "..":
        raise ConfigurationError(f"path must be the path of a file, not of a folder: {text}")
    if _FILE_OF_A_STORE.fullmatch(checked.name):
        raise ConfigurationError(f"path has the name of a file that another store may write: {text}")
    try:
        return checked.absolute()
    except OSError:  # the current folder was deleted
        problem = "path is relative, but the current folder does not exist any more: pass an absolute path"
    raise ConfigurationError(problem)


def _check_text(key: str, text: Secret[str]) -> None:
    """Refuse a record that could not be read back, because it would make the other records of the file unreadable."""
    if not (_is_encodable(key) and _is_encodable(text.reveal())):
        raise ConfigurationError("a record must not contain characters that UTF-8 cannot encode")


def _is_encodable(text: str, encode: Callable[[str], bytes] = str.encode) -> bool:
    try:
        encode(text)
    except UnicodeEncodeError:
        return False
    return True
