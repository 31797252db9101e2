"""The locks of `FileStore`, and the threads that open its files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async import FileStore, errors
from cognito_async._stores import store_file
from cognito_async._stores.file_lock import FileLock, backoff
from tests.stores.marked_values import KEY

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
    import threading

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
