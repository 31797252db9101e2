"""Locks of threads, in a process that forks while other threads hold them."""

from __future__ import annotations

import os
import threading

import pytest

from cognito_async._core.concurrency.guard import BlockingLock, at_fork, guard
from tests.threads import PATIENCE, forked


def test_fork_waits_until_another_thread_has_released_the_guard() -> None:
    held, release = threading.Event(), threading.Event()
    steps: list[str] = []

    def hold() -> None:
        with guard:
            held.set()
            release.wait(PATIENCE)
            steps.append("released")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(PATIENCE)
    threading.Timer(0.05, release.set).start()

    def child() -> None:
        assert steps == ["released"]
        with guard:
            pass

    with forked(child), guard:
        pass
    thread.join()


def test_system_without_fork_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.delattr(os, "register_at_fork")
    at_fork(before=lambda: called.append("before"))
    assert not called


def test_blocking_lock_is_free_in_a_forked_child(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, held, release = BlockingLock(), threading.Event(), threading.Event()
    steps: list[str] = []

    def hold() -> None:
        with lock:
            held.set()
            release.wait(PATIENCE)
            steps.append("released")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(PATIENCE)

    def child() -> None:
        for _ in range(2):
            with lock:
                pass

    with forked(child):
        pass
    release.set()
    with lock:
        assert steps == ["released"]
    thread.join()
    monkeypatch.setattr(os, "getpid", lambda: -1)  # the same without a fork, for the coverage
    child()
