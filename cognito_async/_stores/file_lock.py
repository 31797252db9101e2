"""A lock among processes: a file that one of them has locked, and that the kernel unlocks when it dies."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

_FIRST_PAUSE = 0.002


class FileLock:
    """One wish to hold the lock of this path: `take()` in a worker thread until it is held, then `release()`.

    The file stays where it is: whoever unlinked it would let two others lock two files of one name.
    On Windows there is no such lock, and `take()` says yes to everybody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._descriptor: int | None = None
        self._given_up = False

    def take(self) -> bool:
        """Whether the lock is held now; it does not wait for another holder.

        Raises:
            OSError: when the file cannot be made, or its file system knows no locks.
        """
        # A task that is cancelled leaves its thread running: what that still gets, nobody would give back.
        with self._guard:
            if self._given_up:
                return False
            if self._descriptor is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
                self._descriptor = os.open(self._path, flags, 0o600)
            if sys.platform != "win32":
                import fcntl  # noqa: PLC0415 - not there on Windows

                try:
                    fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
            return True

    def release(self) -> None:
        """Give the lock back, or the wish up; this object takes it no more."""
        with self._guard:
            self._given_up = True
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None


def pauses(longest: float) -> Iterator[float]:
    """Seconds to wait between two attempts: more each time up to `longest`, and random, so that nobody keeps step."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * (0.5 + secrets.randbelow(512) / 1024)
        pause = min(pause * 1.5, longest)
