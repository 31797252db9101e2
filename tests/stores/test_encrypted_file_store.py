"""`FileStore` with a key: its file shows no secrets, and opens only with the same key."""

# ruff: noqa: ASYNC240 - a test may block on the disk
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cognito_async import FileStore, errors
from tests.stores.marked_values import KEY, TEXT

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_descriptor_stays_open")]


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
