"""`FileStore` besides the contract: its file, its key, and its errors."""

# ruff: noqa: ASYNC240 - a test may block on the disk
from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async import FileStore, errors
from cognito_async._stores import store_file
from cognito_async._stores.file_lock import FileLock, backoff

pytestmark = pytest.mark.anyio

KEY = "Mark3r-key-" + "k" * 32
TEXT = "Mark3r-token"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


@pytest.fixture(autouse=True)
def no_descriptor_stays_open() -> Iterator[None]:
    """Check after each test that the store's files are closed. Ignore other files, because event loops hold some."""

    def files() -> list[str]:
        folder = Path("/proc/self/fd")
        names = [os.readlink(each) for each in folder.iterdir() if each.exists()] if folder.exists() else []
        return [name for name in names if "tokens.json" in name]

    yield
    assert not files()


async def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tokens.json"
    await FileStore(path).save("a", "text")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(os.listdir(path.parent)) == ["tokens.json", "tokens.json.lock"], "no temporary file must stay"
    again = await FileStore(path).load("a")
    assert again is not None and again.text == "text"


async def test_file_readable_by_others_is_refused(path: Path) -> None:
    await FileStore(path).save("a", "text")
    path.chmod(0o640)
    for attempt in (FileStore(path).load("a"), FileStore(path).save("a", "new"), FileStore(path).delete("a")):
        with pytest.raises(errors.ConfigurationError, match="chmod 600"):
            await attempt


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json Mark3r",
        "[1]",
        '{"a": ["Mark3r", 1]}',
        '{"cognito_async": 1}',
        '{"cognito_async": 1, "plain": {"newest": 1, "records": {"a": ["Mark3r"]}}}',
        '{"cognito_async": 1, "plain": {"newest": 1, "records": {"a": ["Mark3r", 1]}',
        '{"cognito_async": 1, "plain": {"records": {}}}',
    ],
)
async def test_damaged_file_is_refused_and_unchanged(path: Path, content: str) -> None:
    path.write_text(content)
    path.chmod(0o600)
    for attempt in (FileStore(path).load("a"), FileStore(path).save("a", "new"), FileStore(path).delete("a")):
        with pytest.raises(errors.ConfigurationError, match="not a file of cognito_async") as caught:
            await attempt
        assert "Mark3r" not in str(caught.value)
    assert path.read_text() == content


async def test_file_of_a_later_version_is_refused(path: Path) -> None:
    path.write_text('{"cognito_async": 2, "plain": {"new": "things"}}')
    path.chmod(0o600)
    with pytest.raises(errors.ConfigurationError, match="another version of cognito_async"):
        await FileStore(path).load("a")


@pytest.mark.parametrize("key", [None, KEY, KEY.encode()])
async def test_failed_write_leaves_only_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, key: str | bytes | None
) -> None:
    store = FileStore(path, key=key)
    await store.save("a", "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for attempt in (store.save("a", "new"), store.delete("a")):
        with pytest.raises(errors.StoreError, match=r"tokens\.json cannot be used as a store: No space left on device"):
            await attempt
    assert sorted(os.listdir(path.parent)) == ["tokens.json", "tokens.json.lock"]
    record = await store.load("a")
    assert record is not None and record.text == "old"


async def test_unusable_path_is_reported(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreError, match="cannot be used as a store: Is a directory"):
        await FileStore(tmp_path).load("a")
    (tmp_path / "file").write_text("")
    store = FileStore(tmp_path / "file" / "tokens.json")
    with pytest.raises(errors.StoreError, match="cannot be used as a store"):
        await store.save("a", "text")
    with pytest.raises(errors.StoreError, match="cannot be used as a store"):
        async with store.lock("a"):
            pass
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(errors.ConfigurationError, match="must be a regular file"):
        await FileStore(tmp_path / "pipe").load("a")
    store = FileStore(str(tmp_path / "tokens.json"))
    await store.delete("nothing")
    assert await store.load("nothing") is None and not (tmp_path / "tokens.json").exists()


@contextmanager
def without_rights() -> Iterator[None]:
    """Run the block as an unprivileged user, because root may write everywhere."""
    administrator = os.geteuid() == 0
    if administrator:
        os.seteuid(65534)
    try:
        yield
    finally:
        if administrator:
            os.seteuid(0)


async def test_read_only_folder_is_reported() -> None:
    with tempfile.TemporaryDirectory() as folder:  # instead of `tmp_path`, which other users may not enter
        Path(folder).chmod(0o555)
        with without_rights(), pytest.raises(errors.StoreError, match="Permission denied"):
            await FileStore(Path(folder) / "tokens.json").save("a", "text")


async def test_versions_are_not_reused(path: Path) -> None:
    seen = set()
    for _ in range(3):
        for _ in range(2):
            version = await FileStore(path).save("a", "text")
            assert version is not None and version not in seen
            seen.add(version)
        await FileStore(path).delete("a")
        assert await FileStore(path).save("a", "text", expected=version) is None
    path.unlink()
    assert await FileStore(path).save("a", "text") not in seen, "versions must continue even after the file is deleted"


async def test_file_size_is_limited(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_file, "_MOST_BYTES", 1000)
    store = FileStore(path)
    await store.save("a", "small")
    with pytest.raises(errors.StoreError, match="too large"):
        await store.save("b", "x" * 1000)
    assert await store.load("a") is not None
    path.write_text("x" * 1001)
    with pytest.raises(errors.ConfigurationError, match="too large"):
        await store.load("a")


@pytest.mark.parametrize(("key", "text"), [("a", "Mark3r \udc80"), ("Mark3r \udc80", "a")])
async def test_record_that_utf8_cannot_encode_is_refused(path: Path, key: str, text: str) -> None:
    store = FileStore(path)
    await store.save("a", "old")
    with pytest.raises(errors.ConfigurationError, match="UTF-8") as caught:
        await store.save(key, text)
    assert "Mark3r" not in str(caught.value)
    held = await store.load("a")
    assert held is not None and held.text == "old"


async def test_encrypted_file_shows_no_secrets(path: Path) -> None:
    store = FileStore(path, key=KEY)
    await store.save("session/Mark3r-alice", TEXT)
    assert set(json.loads(path.read_text())) == {"cognito_async", "sealed"}
    assert "Mark3r" not in path.read_text() + repr(store) + repr(vars(store)) + str(os.listdir(path.parent))
    held = await FileStore(path, key=KEY.encode()).load("session/Mark3r-alice")
    assert held is not None and held.text == TEXT
    assert repr(store).endswith(", key=<key>)") and "key=" not in repr(FileStore(path))


@pytest.mark.parametrize(
    ("made_with", "opened_with", "message"),
    [
        (None, KEY, "the file is not encrypted: remove the file, or pass no key"),
        (KEY, None, "it is encrypted: pass the key"),
        (KEY, KEY[::-1], "encrypted with another key, or altered"),
    ],
)
async def test_key_must_match_the_file(
    path: Path, made_with: str | None, opened_with: str | None, message: str
) -> None:
    await FileStore(path, key=made_with).save("a", TEXT)
    before = path.read_bytes()
    store = FileStore(path, key=opened_with)
    for attempt in (store.load("a"), store.save("a", "new"), store.delete("a")):
        with pytest.raises(errors.ConfigurationError, match=message) as caught:
            await attempt
        assert "Mark3r" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("place", [3, 40, -1])
async def test_altered_encrypted_file_is_refused(path: Path, place: int) -> None:
    await FileStore(path, key=KEY).save("a", TEXT)
    file = json.loads(path.read_text())
    sealed = file["sealed"]
    changed = {3: "A" if sealed[3] != "A" else "B", 40: "A" if sealed[40] != "A" else "B", -1: "!"}[place]
    characters = list(sealed)
    characters[place] = changed
    path.write_text(json.dumps({**file, "sealed": "".join(characters)}))
    with pytest.raises(errors.ConfigurationError, match=r"altered|damaged"):
        await FileStore(path, key=KEY).load("a")


@pytest.mark.parametrize("key", ["short", b"short", "", 5, "\udc80" * 32])
def test_invalid_key_is_refused(path: Path, key: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="the store key"):
        FileStore(path, key=key)


async def test_leftover_of_a_killed_process_is_removed(path: Path) -> None:
    left = path.with_name(".tokens.json.new")
    left.write_text(TEXT)
    await FileStore(path).save("a", "text")
    assert not left.exists()
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_text("mine")
    left.symlink_to(elsewhere)
    await FileStore(path).save("a", "more")
    assert elsewhere.read_text() == "mine", "a symbolic link must not be followed"
    path.with_name("tokens.json.lock").unlink()
    path.with_name("tokens.json.lock").symlink_to(elsewhere)
    with pytest.raises(errors.StoreError):
        await FileStore(path).save("a", "more")


async def test_store_works_on_a_file_system_without_folder_sync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, code = os.fsync, errno.EINVAL

    def of_files_only(descriptor: int) -> None:
        if os.path.isdir(f"/dev/fd/{descriptor}"):
            raise OSError(code, "no folders")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", of_files_only)
    await FileStore(path).save("a", "text")
    code = errno.EIO
    with pytest.raises(errors.StoreError, match="no folders"):
        await FileStore(path).save("a", "text")


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


def test_invalid_path_is_refused() -> None:
    for path in (5, b"bytes", None, ""):
        with pytest.raises(errors.ConfigurationError, match="path must be"):
            FileStore(path)  # type: ignore[arg-type]
