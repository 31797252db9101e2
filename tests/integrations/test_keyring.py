"""A key in the keyring, with fake keyrings of all kinds. A real one is used in tests/peers/test_keyring.py."""

# ruff: noqa: ASYNC240 - a test may block on the disk
from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringLocked

from cognito_async import FileStore, errors
from cognito_async.integrations.keyring import KeyringKey

pytestmark = pytest.mark.anyio


class Keyring(KeyringBackend):
    """A keyring in memory that can be locked, broken or slow."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.saved: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None
        self.threads: list[int] = []
        self.unlocked = threading.Event()
        self.unlocked.set()

    def get_password(self, service: str, username: str) -> str | None:
        self.threads.append(threading.get_ident())
        assert self.unlocked.wait(60)
        if self.trouble is not None:
            raise self.trouble
        return self.saved.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.saved[service, username] = password


@pytest.fixture
def ring() -> Iterator[Keyring]:
    before = keyring.get_keyring()
    ring = Keyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


async def test_key_is_made_once_and_read_once_by_each_store(path: Path, ring: Keyring) -> None:
    store = FileStore(path, key=KeyringKey())
    assert await store.load("a") is None and not ring.threads, "the key must not be read for a missing file"
    await store.delete("a")
    assert not ring.threads
    for number in range(3):
        await store.save("a", f"Mark3r {number}")
    asked = len(ring.threads)
    held = await store.load("a")
    assert held is not None and held.text == "Mark3r 2"
    assert len(ring.threads) == asked and threading.get_ident() not in ring.threads
    [key] = ring.saved.values()
    assert set(ring.saved) == {("cognito-async", "store")} and len(key) >= 32
    assert "Mark3r" not in await anyio.Path(path).read_text()
    again = FileStore(path, key=KeyringKey())
    assert await again.save("a", "more", expected=held.version) is not None
    assert await FileStore(path, key=key).load("a") is not None, "the key must also work without the keyring"
    assert key not in repr(again) + repr(vars(again)) + repr(KeyringKey())


async def test_concurrent_first_writes_make_one_key(tmp_path: Path, ring: Keyring) -> None:
    paths = [tmp_path / "one.json", tmp_path / "one.json", tmp_path / "other.json"]
    async with anyio.create_task_group() as group:
        for number, path in enumerate(paths):
            group.start_soon(FileStore(path, key=KeyringKey()).save, f"k{number}", "text")
    for number, path in enumerate(paths):
        assert await FileStore(path, key=KeyringKey()).load(f"k{number}") is not None


def test_existing_key_is_used(ring: Keyring) -> None:
    assert KeyringKey("program").make() == KeyringKey("program").make() == KeyringKey("program").read()


async def test_file_with_a_missing_key_is_refused_without_a_new_key(path: Path, ring: Keyring) -> None:
    await FileStore(path, key=KeyringKey()).save("a", "text")
    ring.saved.clear()
    store = FileStore(path, key=KeyringKey("cognito-async"))
    for attempt in (store.load("a"), store.save("a", "new"), store.delete("a")):
        with pytest.raises(errors.ConfigurationError, match=r"no key of this store.*cognito-async.*remove the file"):
            await attempt
    assert not ring.saved


async def test_plain_file_is_refused_without_reading_the_keyring(path: Path, ring: Keyring) -> None:
    await FileStore(path).save("a", "text")
    with pytest.raises(errors.ConfigurationError, match="not encrypted"):
        await FileStore(path, key=KeyringKey()).save("a", "new")
    assert not ring.threads


@pytest.mark.parametrize(
    ("trouble", "kind", "message"),
    [
        (KeyringLocked("Mark3r"), errors.StoreError, "locked"),
        (InitError("Mark3r"), errors.StoreError, r"cannot be used \(InitError\)"),
        (OSError("Mark3r"), errors.StoreError, r"cannot be used \(OSError\)"),
    ],
)
async def test_keyring_failure_is_reported(
    path: Path, ring: Keyring, trouble: Exception, kind: type[errors.CognitoError], message: str
) -> None:
    ring.trouble = trouble
    with pytest.raises(kind, match=message) as caught:
        await FileStore(path, key=KeyringKey()).save("a", "text")
    assert "Mark3r" not in str(caught.value) and caught.value.__context__ is None
    assert not path.exists()
    ring.trouble = None
    await FileStore(path, key=KeyringKey()).save("a", "text")


@pytest.mark.parametrize(("ring_kind", "message"), [(fail.Keyring, "no keyring"), (null.Keyring, "did not save")])
async def test_unusable_keyring_is_reported(path: Path, ring: Keyring, ring_kind: Any, message: str) -> None:
    keyring.set_keyring(ring_kind())
    with pytest.raises(errors.ConfigurationError, match=f"{message}.*pass your own key"):
        await FileStore(path, key=KeyringKey()).save("a", "text")


async def test_missing_extra_is_reported_with_its_install_command(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(errors.ConfigurationError, match=r"pip install 'cognito-async\[keyring\]'"):
        await FileStore(path, key=KeyringKey()).save("a", "text")


async def test_waiting_for_the_keyring_can_be_cancelled(path: Path, ring: Keyring) -> None:
    store = FileStore(path, key=KeyringKey())
    ring.unlocked.clear()
    with anyio.move_on_after(0.02) as scope:
        await store.save("a", "text")
    assert scope.cancelled_caught and not path.exists()
    ring.unlocked.set()
    await store.save("a", "text")
    again = FileStore(path, key=KeyringKey())
    ring.unlocked.clear()
    with anyio.move_on_after(0.02) as scope:
        await again.load("a")
    assert scope.cancelled_caught
    ring.unlocked.set()


@pytest.mark.parametrize("names", [("", "store"), ("program", ""), (5, "store")])
def test_invalid_names_are_refused(names: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="service and name"):
        KeyringKey(*names)
