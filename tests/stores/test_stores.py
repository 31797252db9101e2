"""The stores of the package fulfil the contract. `RedisStore` is tested in tests/peers/test_redis.py too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cognito_async import FileStore, MemoryStore
from cognito_async.testing import STORE_CHECKS, MakeStore, StoreCheck

pytestmark = pytest.mark.anyio


def _in_memory(folder: Path) -> MakeStore:
    store = MemoryStore()
    return lambda: store


# For each kind of store, a function that takes an empty folder, and returns a function that makes stores.
MAKERS: dict[str, Callable[[Path], MakeStore]] = {
    "memory": _in_memory,
    "file": lambda folder: lambda: FileStore(folder / "new" / "tokens.json"),
    "encrypted-file": lambda folder: lambda: FileStore(folder / "tokens.json", key="k" * 32),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.table
async def test_store_fulfils_the_contract(maker: str, check: StoreCheck, tmp_path: Path) -> None:
    await check(MAKERS[maker](tmp_path))
