"""Locks of threads that are free in a forked child, in which the thread that held them does not run."""

from __future__ import annotations

import os
import threading
from types import TracebackType

# Protects what all threads of the process share. Hold it for a few steps only, without `await` or blocking. It is
# reentrant, because garbage collection may run inside such a step, and close a coroutine that takes the lock too.
guard = threading.RLock()

# A fork waits for the lock, so that what it protects is complete in the child.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=guard.acquire, after_in_parent=guard.release, after_in_child=guard.release)


class BlockingLock:
    """A lock for work that blocks its thread, such as writing a file. A fork does not wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()

    def __enter__(self) -> None:
        with guard:
            if self._process != os.getpid():
                self._lock, self._process = threading.Lock(), os.getpid()
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()
