"""A file that is written as a whole or not at all, and that only its owner can read. All functions block."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from .._core.concurrency.guard import BlockingLock
from .._core.errors import ConfigurationError, StoreError
from .._core.secret import Secret
from .file_lock import FileLock, backoff

_MOST_BYTES = 64 * 1024 * 1024
# Seconds to wait for the write lock; less than the ten seconds after which the caller of a store gives up. A write
# takes milliseconds, so a process that holds the lock for longer was stopped during a write.
_LONGEST_WAIT = 8.0
_LONGEST_PAUSE = 0.01


class StoreFile:
    """The content of a store's file, and the lock files next to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = BlockingLock()

    def key_lock(self, key: str) -> FileLock:
        """Return the lock of one key. The name of the lock file is a hash, because a key contains a username."""
        return FileLock(self._path.with_name(f".{self._path.name}.{sha256(key.encode()).hexdigest()[:16]}.lock"))

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the lock for changing the file. Of all threads in all processes, one holds it at a time.

        Raises:
            StoreError: if another process holds it for more than eight seconds.
            OSError: see `FileLock.take`.
        """
        lock = FileLock(self._path.with_name(f"{self._path.name}.lock"))
        ends, pause = time.monotonic() + _LONGEST_WAIT, backoff(_LONGEST_PAUSE)
        with self._writing:
            try:
                while not lock.take():
                    if time.monotonic() > ends:
                        raise StoreError(f"timed out waiting for another process to finish writing {self._path}")
                    time.sleep(next(pause))
                yield
            finally:
                lock.release()

    def read(self) -> Secret[bytes] | None:
        """Return the content; `None` if there is no file.

        Raises:
            ConfigurationError: if others can read it, it is not a regular file, or it is too large for a store.
            OSError: if it cannot be read.
        """
        try:
            file = open(self._path, "rb", opener=_open_to_read)  # noqa: SIM115 - closed below
        except FileNotFoundError:
            return None
        with file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigurationError(f"{self._path} must be a regular file that only this store uses")
            if os.name == "posix" and status.st_mode & 0o077:
                raise ConfigurationError(f"{self._path} can be read by others: run chmod 600 on it, or remove it")
            content = Secret(file.read(_MOST_BYTES + 1))
        if len(content.reveal()) > _MOST_BYTES:
            raise ConfigurationError(f"{self._path} is too large for a store: remove it to start with an empty store")
        return content

    def write(self, content: Secret[bytes]) -> None:
        """Replace the file durably. The caller holds the write lock.

        Raises:
            StoreError: if the content is too large to be read again.
            OSError: if it cannot be written. The old content stays.
        """
        if len(content.reveal()) > _MOST_BYTES:
            raise StoreError(f"{self._path} would become too large for a store")
        # All processes use the same name, so that the next writer removes the file that a killed process has left.
        temporary = self._path.with_name(f".{self._path.name}.new")
        temporary.unlink(missing_ok=True)
        try:
            with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(content.reveal())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self._sync_folder()

    def _sync_folder(self) -> None:
        """Make the renaming as durable as the content."""
        if sys.platform == "win32":
            return  # Windows cannot sync a folder
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the file system syncs folders automatically, or not at all
                raise
        finally:
            os.close(folder)


def _open_to_read(path: str, flags: int) -> int:
    """Open without blocking: opening a FIFO would block the thread until another process opens it for writing."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
