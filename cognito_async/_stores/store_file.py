"""A file that is written as a whole or not at all, and that only its owner can read. All functions block."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from .._core.concurrency.guard import BlockingLock
from .._core.errors import ConfigurationError, StoreError
from .._core.secret import Secret
from .file_lock import FileLock, backoff
from .private_folder import open_folder

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
        name = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return FileLock(self._path.with_name(f".{self._path.name}.{name}.lock"))

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the lock for changing the file. Of all threads in all processes, one holds it at a time.

        Raises:
            StoreError: if another process holds it for more than eight seconds.
            ConfigurationError, OSError: see `FileLock.take`.
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
            ConfigurationError: if it is too large for a store; see also `open_folder` and `PrivateFolder.open`.
            OSError: if it cannot be read.
        """
        try:
            with open_folder(self._path.parent) as folder:
                descriptor = folder.open(self._path.name, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with open(descriptor, "rb") as file:
            content = Secret(file.read(_MOST_BYTES + 1))
        if len(content.reveal()) > _MOST_BYTES:
            raise ConfigurationError(f"{self._path} is too large for a store: remove it to start with an empty store")
        return content

    def write(self, content: Secret[bytes]) -> None:
        """Replace the file durably. The caller holds the write lock.

        Raises:
            StoreError: if the content is too large to be read again.
            ConfigurationError: see `open_folder`.
            OSError: if it cannot be written. The old content stays.
        """
        if len(content.reveal()) > _MOST_BYTES:
            raise StoreError(f"{self._path} would become too large for a store")
        # All processes use the same name, so that the next writer removes the file that a killed process has left.
        temporary = f".{self._path.name}.new"
        with open_folder(self._path.parent) as folder:
            folder.remove(temporary)
            try:
                with open(folder.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
                    file.write(content.reveal())
                    file.flush()
                    os.fsync(file.fileno())
                folder.rename(temporary, self._path.name)
            except BaseException:
                folder.remove(temporary)
                raise
