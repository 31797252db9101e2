"""Locks of threads that are free in a forked child, in which the thread that held them does not run."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any


def at_fork(
    *,
    before: Callable[[], object] | None = None,
    after_in_parent: Callable[[], object] | None = None,
    after_in_child: Callable[[], object] | None = None,
) -> None:
    """Have functions called when the process forks: see `os.register_at_fork`. Windows has no fork."""
    register: Any = getattr(os, "register_at_fork", None)
    given = {"before": before, "after_in_parent": after_in_parent, "after_in_child": after_in_child}
    if register is not None:
        register(**{name: function for name, function in given.items() if function is not None})


# Protects what all threads of the process share. Hold it for a few steps only, without `await`, blocking, or calls of
# an event loop, which has locks too. It is reentrant, because garbage collection may run inside such a step, and close
# a coroutine that takes the lock too. Such a coroutine must not change what the step has already looked at.
guard = threading.RLock()

# A fork waits for the lock, so that what it protects is complete in the child.
at_fork(before=guard.acquire, after_in_parent=guard.release, after_in_child=guard.release)


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
