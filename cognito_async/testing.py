"""Tests for your own store: every `TokenStore` must pass all of `STORE_CHECKS`.

    import pytest
    from cognito_async.testing import STORE_CHECKS

    @pytest.mark.anyio
    @pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
    async def test_my_store(check, tmp_path):
        await check(lambda: MyStore(tmp_path / "sessions"))

A check is an async function. Its argument is a function that takes no arguments and returns a store, each time a new
object (or the same one, if only one can exist) with the same data. The data must be empty at first.

If the store is wrong, the check raises `AssertionError` with a sentence that says why. It ends within 20 seconds, even
if the store hangs. It needs no test runner; run it on the event loops that your program uses.
"""

from __future__ import annotations

from ._stores.contract import MakeStore, StoreCheck
from ._stores.lock_contract import STORE_CHECKS

__all__ = ["STORE_CHECKS", "MakeStore", "StoreCheck"]


def __dir__() -> list[str]:
    return sorted(__all__)
