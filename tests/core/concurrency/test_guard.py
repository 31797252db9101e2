"""Locks of threads, in a process that forks while other threads hold them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from cognito_async._core.concurrency.guard import BlockingLock, at_fork, guard
from tests.threads import PATIENCE, forked


@contextmanager
def held_by_a_thread(lock: AbstractContextManager[Any]) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Hold a lock in another thread. Yield an event that releases it, and one that is set just before the release."""
    held, release, released = (threading.Event() for _ in range(3))

    def hold() -> None:
        with lock:
            held.set()
            release.wait(PATIENCE)
            released.set()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(PATIENCE)
        yield release, released
    finally:
        release.set()
        thread.join()


def test_fork_waits_until_another_thread_has_released_the_guard() -> None:
    def child() -> None:
        assert released.is_set()
        with guard:
            pass

    with held_by_a_thread(guard) as (release, released):
        threading.Timer(0.05, release.set).start()
        with forked(child), guard:
            pass


def test_system_without_fork_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.delattr(os, "register_at_fork")
    at_fork(before=lambda: called.append("before"))
    assert not called


def test_blocking_lock_is_free_in_a_forked_child(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = BlockingLock()

    def child() -> None:
        for _ in range(2):
            with lock:
                pass

    with held_by_a_thread(lock) as (release, released):
        with forked(child):
            pass
        release.set()
        with lock:
            assert released.is_set()
    monkeypatch.setattr(os, "getpid", lambda: -1)  # the same without a fork, for the coverage
    child()
