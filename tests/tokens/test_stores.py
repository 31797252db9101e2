"""The contract of a store, held by each store that comes with the package."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from cognito_async import FileStore, MemoryStore, TokenStore, errors
from cognito_async.testing import STORE_CHECKS, MakeStore, StoreCheck

pytestmark = pytest.mark.anyio


def _in_memory(folder: Path) -> MakeStore:
    store = MemoryStore()
    return lambda: store


# Each makes, for an empty folder, what makes stores.
MAKERS: dict[str, Callable[[Path], MakeStore]] = {"memory": _in_memory}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(maker: str, check: StoreCheck, tmp_path: Path) -> None:
    await check(MAKERS[maker](tmp_path))


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path / "folder" / "tokens.json")


async def test_what_was_saved_is_loaded_until_it_is_deleted(store: TokenStore) -> None:
    assert await store.load("a") is None
    await store.save("a", "first")
    await store.save("b", "other")
    version = await store.save("a", "second")
    record = await store.load("a")
    assert record is not None and (record.text, record.version) == ("second", version)
    await store.delete("a")
    await store.delete("a")
    assert await store.load("a") is None
    assert (await store.load("b")) is not None


async def test_of_two_writers_who_read_the_same_record_one_wins(store: TokenStore) -> None:
    first = await store.save("a", "1", expected=0)
    assert first is not None
    assert await store.save("a", "2", expected=0) is None
    second = await store.save("a", "2", expected=first)
    assert second is not None and second != first
    assert await store.save("a", "3", expected=first) is None
    record = await store.load("a")
    assert record is not None and record.text == "2"


async def test_a_lock_is_held_by_one_task_at_a_time_and_by_key(store: TokenStore) -> None:
    events: list[str] = []

    async def holder(name: str, key: str) -> None:
        async with store.lock(key):
            events.append(f"{name} in")
            await anyio.lowlevel.checkpoint()
            events.append(f"{name} out")

    async with anyio.create_task_group() as group:
        group.start_soon(holder, "first", "a")
        group.start_soon(holder, "second", "a")
    assert events in (
        ["first in", "first out", "second in", "second out"],
        ["second in", "second out", "first in", "first out"],
    )
    async with store.lock("a"), store.lock("b"):
        pass


async def test_no_store_shows_what_it_holds(store: TokenStore) -> None:
    await store.save("a", "s3cret")
    assert "s3cret" not in repr(store) + repr(await store.load("a"))


async def test_a_store_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tokens.json"
    await FileStore(path).save("a", "text")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(os.listdir(path.parent)) == ["tokens.json", "tokens.json.lock"], "nothing temporary stays"
    again = await FileStore(path).load("a")
    assert again is not None and again.text == "text"


async def test_a_store_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    await FileStore(path).save("a", "text")
    path.chmod(0o644)
    with pytest.raises(errors.ConfigurationError, match="chmod 600"):
        await FileStore(path).load("a")


@pytest.mark.parametrize("content", ["", "no json s3cret", "[1]", '{"a": 5}', json.dumps({"a": ["x", 1, 2]})])
async def test_a_damaged_store_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content)
    path.chmod(0o600)
    for attempt in (FileStore(path).load("a"), FileStore(path).save("a", "new")):
        with pytest.raises(errors.ConfigurationError, match="not a store") as caught:
            await attempt
        assert "s3cret" not in str(caught.value)
    assert path.read_text() == content


async def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path / "tokens.json")
    await store.save("a", "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.ConfigurationError, match="cannot be used as a store: No space left on device"):
        await store.save("a", "new")
    assert sorted(os.listdir(tmp_path)) == ["tokens.json", "tokens.json.lock"]
    record = await store.load("a")
    assert record is not None and record.text == "old"


async def test_a_path_that_cannot_be_a_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigurationError, match="cannot be used as a store"):
        await FileStore(tmp_path).load("a")
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.ConfigurationError, match="cannot be used as a store"):
        await FileStore(tmp_path / "file" / "tokens.json").save("a", "text")
    store = FileStore(str(tmp_path / "tokens.json"))
    await store.delete("nothing")
    assert await store.load("nothing") is None and not (tmp_path / "tokens.json").exists()


async def test_a_machine_without_file_locks_keeps_a_store_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    store = FileStore(tmp_path / "tokens.json")
    await store.save("a", "text")
    record = await store.load("a")
    assert record is not None and record.text == "text"
