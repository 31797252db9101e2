"""`FileStore` in several processes: some share it, some are killed during a write, some have a full disk."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from cognito_async import FileStore, errors
from tests.sizes import FULL

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes and file locks of POSIX")

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "programs" / "file_store.py"
KEY = "k" * 32
MARKER = "Mark3r-refresh-token"
PATIENCE = 60


@contextmanager
def child(*arguments: object, key: str | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run `PROGRAM` as a process. Kill it at the end of the block, or after `PATIENCE` seconds."""
    given = {} if key is None else {"TEST_STORE_KEY": key}
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **given},
    ) as process:
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def load(path: Path, record: str, key: str | None = None) -> str | None:
    async def read() -> str | None:
        held = await FileStore(path, key=key).load(record)
        return held.text if held is not None else None

    return anyio.run(read)


@pytest.mark.parametrize("how", ["count", "count_locked"])
@pytest.mark.table
def test_two_processes_lose_no_update(tmp_path: Path, how: str) -> None:
    path, times = tmp_path / "tokens.json", 50 if FULL else 20
    with (
        child(how, "asyncio", path, times, key=KEY) as first,
        child(how, "trio", path, times, key=KEY) as second,
    ):
        for each in (first, second):
            assert line(each) == "ready"
        for each in (first, second):
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        assert [each.wait(PATIENCE) for each in (first, second)] == [0, 0]
    assert load(path, "n", KEY) == str(2 * times)


def kill_writers(path: Path, key: str | None, writes: int, kills: int) -> None:
    """Kill writers, one after another, each at a random time. A last writer completes the writes."""
    confirmed, saved, backends = 0, "0", ["asyncio", "trio"]
    for number in range(kills):
        with child("write", backends[number % 2], path, MARKER, writes, key=key) as process:
            assert process.stdout is not None
            for _ in range(random.randrange(1, writes // kills)):
                confirmed = int(line(process))
                if key is not None:
                    assert not readable(path.parent)
            time.sleep(random.uniform(0, 0.003))  # at any point of the next write
            process.kill()
            confirmed = max([confirmed, *map(int, process.stdout.read().split())])
        assert key is None or not readable(path.parent)
        held = load(path, "session/alice", key)
        assert held is not None
        saved, text = held.split()
        # The last write may have been saved although the process was killed before it could report that.
        assert text == MARKER and int(saved) in (confirmed, confirmed + 1)
    with child("write", "asyncio", path, MARKER, writes, key=key) as process:
        assert process.stdout is not None
        # A killed writer may have run ahead of this process, even to the last write.
        rest = range(int(saved) + 1, writes + 1)
        assert process.stdout.read().split() == list(map(str, rest)) and process.wait(PATIENCE) == 0
    assert load(path, "session/alice", key) == f"{writes} {MARKER}"
    assert sorted(os.listdir(path.parent)) == ["tokens.json", "tokens.json.lock"]


def readable(folder: Path) -> list[str]:
    """Return the files that show a secret, or that other users can read."""
    found = []
    for file in folder.iterdir():
        try:
            content, mode = file.read_bytes(), file.stat().st_mode
        except FileNotFoundError:  # the writer has just renamed it
            continue
        if MARKER.encode() in content or b"alice" in content or mode & 0o077:
            found.append(file.name)
    return found


@pytest.mark.parametrize(
    ("key", "writes", "kills"),
    [(None, 150, 2), (KEY, 200, 2)] if FULL else [(None, 60, 2), (KEY, 60, 2)],
    ids=["plain", "encrypted"],
)
@pytest.mark.table
def test_saved_records_survive_a_killed_writer(tmp_path: Path, key: str | None, writes: int, kills: int) -> None:
    kill_writers(tmp_path / "tokens.json", key, writes, kills)


@pytest.mark.peer
@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_saved_records_survive_many_killed_writers(tmp_path: Path, key: str | None) -> None:
    kill_writers(tmp_path / "tokens.json", key, 1000, 20)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_lock_of_a_killed_holder_is_free(tmp_path: Path, backend: str) -> None:
    path = tmp_path / "tokens.json"
    with child("hold", backend, path, "a", "users") as holder:
        assert line(holder) == "held"

        async def lock_both() -> None:
            store = FileStore(path)
            for key in ("a", "users"):
                with anyio.move_on_after(0.02):
                    async with store.lock(key):
                        raise AssertionError("two processes hold the lock")
            async with store.lock("another"):
                holder.kill()
            with anyio.fail_after(PATIENCE):
                async with store.lock("a"), store.lock("users"):
                    pass

        anyio.run(lock_both, backend=backend)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_file_size_limit_is_reported_and_loses_no_record(tmp_path: Path, key: str | None) -> None:
    path = tmp_path / "tokens.json"
    with child("outgrow", "asyncio", path, MARKER, key=key) as process:
        out, _ = process.communicate(timeout=PATIENCE)
    assert out.splitlines() == [
        f"StoreError: {path} cannot be used as a store: File too large",
        f"small {MARKER}",
    ]
    assert load(path, "a", key) == f"small {MARKER}"
    assert sorted(os.listdir(tmp_path)) == ["tokens.json", "tokens.json.lock"]


def fill_up(filler: Path) -> None:
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}"], capture_output=True, check=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_full_disk_is_reported_and_loses_no_record(small_disk: Path, key: str | None) -> None:
    path = small_disk / "tokens.json"

    async def use() -> None:
        store = FileStore(path, key=key)
        await store.save("a", "first")
        with pytest.raises(errors.StoreError, match="No space left on device"):
            await store.save("b", "x" * 100_000)
        fill_up(small_disk / "filler")
        for attempt in (store.save("a", "second"), store.delete("a")):
            with pytest.raises(errors.StoreError, match="No space left on device"):
                await attempt
        held = await store.load("a")
        assert held is not None and held.text == "first"
        assert sorted(os.listdir(small_disk)) == ["filler", "tokens.json", "tokens.json.lock"]
        (small_disk / "filler").unlink()
        await store.save("a", "second")

    anyio.run(use)
    assert load(path, "a", key) == "second"
