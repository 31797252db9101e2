"""The locks of `FileStore`, and the threads that open its files."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async import FileStore, MemoryStore, errors
from cognito_async._stores import file_lock, store_file
from cognito_async._stores.file_lock import FileLock, backoff
from cognito_async._stores.private_folder import open_or_create
from cognito_async._stores.store import TokenStore
from tests.stores.marked_values import KEY
from tests.threads import PATIENCE, forked, run_in_threads

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_descriptor_stays_open")]


async def test_store_works_without_file_locks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    store = FileStore(path)
    async with store.lock("a"), store.lock("b"):
        await store.save("a", "text")
    record = await store.load("a")
    assert record is not None and record.text == "text"
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(store.save, f"k{number}", "text")
    assert [await store.load(f"k{number}") for number in range(20)].count(None) == 0


async def test_lock_waits_for_another_object_and_can_be_cancelled(path: Path) -> None:
    first, second = FileStore(path), FileStore(path)
    got = anyio.Event()

    async def want() -> None:
        async with second.lock("a"), second.lock("users"):
            got.set()

    async with anyio.create_task_group() as group:
        async with first.lock("a"):
            with anyio.move_on_after(0.05) as scope:
                async with second.lock("a"):
                    raise AssertionError("two tasks hold the lock")
            assert scope.cancelled_caught
            async with second.lock("b"):
                pass
            group.start_soon(want)
            await anyio.wait_all_tasks_blocked()
            assert not got.is_set()
        with anyio.fail_after(10):
            await got.wait()
    files = sorted(os.listdir(path.parent))
    assert len(files) == 3 and all(name.startswith(".tokens.json.") and name.endswith(".lock") for name in files)
    assert {path.with_name(name).stat().st_mode & 0o777 for name in files} == {0o600}


def test_released_lock_is_not_taken_later(path: Path) -> None:
    """The thread of a cancelled task can wait for the disk, and try to take the lock after the task released it."""
    lock = FileLock(path.with_name("tokens.json.lock"))
    lock.release()
    assert not lock.take() and not os.listdir(path.parent)


async def test_wait_for_a_stopped_writer_is_limited(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_file, "_LONGEST_WAIT", 0.02)
    stopped = FileLock(path.with_name("tokens.json.lock"))
    assert stopped.take()
    with pytest.raises(errors.StoreError, match="another process to finish writing"):
        await FileStore(path).save("a", "text")
    stopped.release()
    await FileStore(path).save("a", "text")


def test_backoff_grows_to_its_limit_and_is_random() -> None:
    waits = backoff(0.08)
    seen = [next(waits) for _ in range(60)]
    assert max(seen[:3]) < 0.01 and 0.04 <= max(seen[30:]) < 0.12
    assert len(set(seen[30:])) > 10


async def test_files_are_opened_in_worker_threads_only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop_thread, opened = threading.get_ident(), []
    real = os.open

    def watched(*arguments: Any, **more: Any) -> int:
        opened.append(threading.get_ident())
        return real(*arguments, **more)

    monkeypatch.setattr(os, "open", watched)
    store = FileStore(path, key=KEY)
    async with store.lock("a"):
        await store.save("a", "text")
        await store.load("a")
        await store.delete("a")
    assert len(opened) > 5 and loop_thread not in opened


@pytest.mark.parametrize("make", [FileStore, lambda path: MemoryStore()], ids=["file", "memory"])
def test_lock_excludes_the_tasks_of_all_threads(path: Path, make: Callable[[Path], TokenStore]) -> None:
    store, inside, most = make(path), list[int](), 0

    async def work() -> None:
        nonlocal most
        for _ in range(5):
            async with store.lock("a"):
                inside.append(1)
                most = max(most, len(inside))
                version = record.version if (record := await store.load("a")) else 0
                assert await store.save("a", "text", expected=version)
                inside.pop()

    run_in_threads(*[work] * 6)
    assert most == 1


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_fork_neither_releases_nor_keeps_the_locks_of_the_parent(path: Path) -> None:
    store = FileStore(path)
    seen, ended = (multiprocessing.get_context("fork").Event() for _ in range(2))

    async def is_free(seconds: float) -> bool:
        with anyio.move_on_after(seconds):
            async with FileStore(path).lock("a"):
                return True
        return False

    def child() -> None:
        assert run_in_threads(lambda: is_free(0.1)) == [False], "the child must not release the lock"
        seen.set()
        assert ended.wait(PATIENCE)

    async def main() -> None:
        async with store.lock("a"):
            stack.enter_context(forked(child))
            assert seen.wait(PATIENCE)
        assert await is_free(PATIENCE), "the child must not keep the lock"
        ended.set()

    with ExitStack() as stack:
        anyio.run(main)


def test_locks_that_a_child_inherits_are_closed_without_effect(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fork does to the locks in the child, called in this process."""
    lock, other = FileLock(path.with_name("a.lock")), FileLock(path.with_name("a.lock"))
    assert lock.take() and not other.take()
    file_lock._close_inherited()
    again = FileLock(path.with_name("a.lock"))
    assert again.take()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        lock.release()
        again.release()
        other.release()
    file_lock._close_inherited()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_child_that_is_forked_during_a_write_can_write(path: Path) -> None:
    store = FileStore(path)
    with ExitStack() as stack, store._file.write_lock():
        stack.enter_context(forked(lambda: anyio.run(store.save, "a", "text")))
    assert b"text" in path.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_child_that_is_forked_while_a_thread_takes_a_lock_can_release_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, inside, proceed = open_or_create, threading.Event(), threading.Event()

    def wait(path: Path) -> int:
        inside.set()
        assert proceed.wait(PATIENCE)
        return real(path)

    monkeypatch.setattr(file_lock, "open_or_create", wait)
    lock = FileLock(path.with_name("a.lock"))
    taking = threading.Thread(target=lock.take)
    taking.start()
    assert inside.wait(PATIENCE)

    def child() -> None:
        releasing = threading.Thread(target=lock.release, daemon=True)
        releasing.start()
        releasing.join(PATIENCE)
        assert not releasing.is_alive()

    with forked(child):
        pass
    proceed.set()
    taking.join(PATIENCE)
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="file locks of POSIX")
def test_released_lock_is_free_although_a_child_still_has_the_file_open(path: Path) -> None:
    lock, other = FileLock(path.with_name("a.lock")), FileLock(path.with_name("a.lock"))
    assert lock.take() and lock._descriptor is not None
    of_child = os.dup(lock._descriptor)  # as after a fork
    lock.release()
    assert other.take()
    other.release()
    os.close(of_child)
