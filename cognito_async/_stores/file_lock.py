"""A lock between processes: a locked file, which the kernel unlocks if the holder dies."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .._core.concurrency.guard import at_fork
from .private_folder import open_or_create

_FIRST_PAUSE = 0.002
# The open files of the locks that this process holds or asks for.
_open: set[int] = set()


def _close_inherited() -> None:
    """Close the parent's lock files in a forked child. Otherwise the locks would stay until the child ends."""
    for descriptor in _open:
        os.close(descriptor)
    _open.clear()


at_fork(after_in_child=_close_inherited)


class FileLock:
    """The lock of a path, for one use: call `take()` in a worker thread until it returns `True`, then `release()`.

    The lock file is never deleted. Otherwise two processes could lock two different files of the same name.
    On Windows there is no such lock: `take()` always succeeds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._descriptor: int | None = None
        self._released = False
        self._process = os.getpid()

    def take(self) -> bool:
        """Try to get the lock, without waiting for another holder; return whether this object holds it now.

        Raises:
            ConfigurationError: see `open_or_create`.
            OSError: if the file cannot be created, or its file system does not support locks.
        """
        # If the task is cancelled, it calls `release` while this thread still runs. A lock taken after that would never
        # be released.
        with self._guard:
            if self._released:
                return False
            if self._descriptor is None:
                self._descriptor = open_or_create(self._path)
                _open.add(self._descriptor)
            return _lock(self._descriptor)

    def release(self) -> None:
        """Release the lock. From now on this object never gets it, even if a thread is still in `take`."""
        if self._process != os.getpid():
            return  # the fork has closed the file here, and a thread of the parent may hold the guard for ever
        with self._guard:
            self._released = True
            if self._descriptor is not None:
                # A child that is forked at this moment may keep the file open. Closing alone would not unlock it then.
                _unlock(self._descriptor)
                _open.discard(self._descriptor)
                os.close(self._descriptor)
                self._descriptor = None


def _lock(descriptor: int) -> bool:
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - does not exist on Windows

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _unlock(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - as above

        with suppress(OSError):  # the file system does not support locks
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def backoff(longest: float) -> Iterator[float]:
    """Yield the seconds to wait between attempts: they grow to about `longest`, and are random to spread waiters."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * (0.5 + secrets.randbelow(512) / 1024)
        pause = min(pause * 1.5, longest)
