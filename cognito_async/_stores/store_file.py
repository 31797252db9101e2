"""One file that is written as a whole or not at all, and read by nobody but its owner; all of this blocks."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from .._core.errors import ConfigurationError, StoreError
from .._core.secret import Secret
from .file_lock import FileLock, pauses

_MOST_BYTES = 64 * 1024 * 1024
# Less than the ten seconds after which the caller of a store gives up. A write takes milliseconds, so whoever
# holds the turn for longer was stopped in the middle of it.
_PATIENCE = 8.0
_LONGEST_PAUSE = 0.01


class StoreFile:
    """Bytes under one path, with the lock files beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()

    def lock(self, key: str) -> FileLock:
        """The lock of one record, whose name does not tell whose record it is."""
        return FileLock(self._path.with_name(f".{self._path.name}.{sha256(key.encode()).hexdigest()[:16]}.lock"))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held by one thread among all processes while the file is read and written anew.

        Raises:
            StoreError: when another has held it for too long.
            OSError: as `FileLock.take`.
        """
        lock = FileLock(self._path.with_name(f"{self._path.name}.lock"))
        ends, pause = time.monotonic() + _PATIENCE, pauses(_LONGEST_PAUSE)
        with self._writing:
            try:
                while not lock.take():
                    if time.monotonic() > ends:
                        raise StoreError(f"{self._path} is being written by a process that does not get done")
                    time.sleep(next(pause))
                yield
            finally:
                lock.release()

    def read(self) -> Secret[bytes] | None:
        """The content; `None` if there is no file.

        Raises:
            ConfigurationError: when others can read it, or it is no file or too large for a store.
            OSError: when it cannot be read.
        """
        try:
            file = open(self._path, "rb", opener=_open_to_read)  # noqa: SIM115 - closed below
        except FileNotFoundError:
            return None
        with file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigurationError(f"{self._path} is not a file: a store needs one of its own")
            if os.name == "posix" and status.st_mode & 0o077:
                raise ConfigurationError(f"{self._path} can be read by others: run chmod 600 on it, or remove it")
            content = Secret(file.read(_MOST_BYTES + 1))
        if len(content.reveal()) > _MOST_BYTES:
            raise ConfigurationError(f"{self._path} is too large for a store: remove it to start anew")
        return content

    def write(self, content: Secret[bytes]) -> None:
        """Replace the file, durably; in a turn alone.

        Raises:
            StoreError: when that is more than can be read back.
            OSError: when it cannot be written; what was there stays.
        """
        if len(content.reveal()) > _MOST_BYTES:
            raise StoreError(f"{self._path} would get too large for a store")
        # One name for all: what a killed process left is taken away by the next that writes.
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
        self._keep_name()

    def _keep_name(self) -> None:
        """Make the renaming as durable as the file."""
        if sys.platform == "win32":
            return  # it has no such call
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        except OSError as error:
            if error.errno != errno.EINVAL:  # a file system that does so by itself, or cannot
                raise
        finally:
            os.close(folder)


def _open_to_read(path: str, flags: int) -> int:
    """What is no file must not keep a thread waiting until somebody writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
