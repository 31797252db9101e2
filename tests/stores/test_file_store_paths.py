"""The paths that `FileStore` accepts and refuses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cognito_async import FileStore, errors


class OfBytes(os.PathLike[bytes]):
    def __fspath__(self) -> bytes:
        return b"tokens.json"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (5, "path must be the path of a file"),
        (None, "path must be the path of a file"),
        (b"tokens.json", "path must be the path of a file"),
        (OfBytes(), "path must be the path of a file"),
        ("", "path must be the path of a file"),
        ("a\0b", "a character that no file name can have"),
        ("a\ud800b", "a character that no file name can have"),
        ("~/tokens.json", r"begins with ~.*expanduser"),
        (Path("~alice/tokens.json"), r"begins with ~.*expanduser"),
        (".", "not of a folder: ."),
        ("..", "not of a folder: .."),
        ("a/..", "not of a folder: a/.."),
        ("/", "not of a folder: /"),
        ("tokens.json.lock", "another store"),
        ("tokens.json.LOCK", "another store"),
        (".tokens.json.new", "another store"),
        (".tokens.json.0123456789abcdef", "another store"),
    ],
)
def test_invalid_path_is_refused(path: Any, message: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=message):
        FileStore(path)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "name", ["a b\n;$(x)", "\u00e4\u4e2d\U0001f600", "\udc80", ".hidden", "-rf", "tokens.new", "lock"]
)
@pytest.mark.table
async def test_unusual_name_is_accepted(tmp_path: Path, name: str) -> None:
    await FileStore(tmp_path / name).save("a", "text")
    record = await FileStore(str(tmp_path / name)).load("a")
    assert record is not None and record.text == "text" and (tmp_path / name).exists()


@pytest.mark.anyio
async def test_name_that_is_too_long_is_reported(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 300), tmp_path / ("x" * 252), tmp_path / ("x" * 300) / "tokens.json"):
        with pytest.raises(errors.StoreError, match="File name too long"):
            await FileStore(path).save("a", "text")


@pytest.mark.anyio
async def test_relative_path_survives_a_change_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = FileStore("tokens.json")
    monkeypatch.chdir("/")
    await store.save("a", "text")
    assert (tmp_path / "tokens.json").exists()


def test_relative_path_in_a_deleted_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(errors.ConfigurationError, match="pass an absolute path"):
        FileStore("tokens.json")


@pytest.mark.anyio
async def test_key_that_utf8_cannot_encode_can_be_locked(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "tokens.json")
    async with store.lock("\ud800"):
        assert await store.load("\ud800") is None
        await store.delete("\ud800")
