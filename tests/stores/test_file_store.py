"""`FileStore` besides the contract: its file, its path, and its errors."""

# ruff: noqa: ASYNC240 - a test may block on the disk
from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cognito_async import FileStore, errors
from cognito_async._stores import store_file
from tests.stores.marked_values import KEY, TEXT

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_descriptor_stays_open")]


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
@pytest.mark.table
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
    (tmp_path / "file").write_text("")
    store = FileStore(tmp_path / "file" / "tokens.json")
    with pytest.raises(errors.StoreError, match="cannot be used as a store"):
        await store.save("a", "text")
    with pytest.raises(errors.StoreError, match="cannot be used as a store"):
        async with store.lock("a"):
            pass
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
    with pytest.raises(errors.ConfigurationError, match=r"tokens\.json\.lock is a symbolic link"):
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
