"""The path of a file store, and a check that the store closes its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


@pytest.fixture
def no_descriptor_stays_open() -> Iterator[None]:
    """Check after the test that the store's files are closed. Ignore other files, because event loops hold some."""

    def files() -> list[str]:
        folder = Path("/proc/self/fd")
        names = [os.readlink(each) for each in folder.iterdir() if each.exists()] if folder.exists() else []
        return [name for name in names if "tokens.json" in name]

    yield
    assert not files()
