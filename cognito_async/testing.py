"""Tests for your own store: whatever implements `TokenStore` must pass each of `STORE_CHECKS`.

    import pytest
    from cognito_async.testing import STORE_CHECKS

    @pytest.mark.anyio
    @pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
    async def test_my_store(check, tmp_path):
        await check(lambda: MyStore(tmp_path / "sessions"))

A check is an async function of one argument: a function without arguments that returns a store, each time
another object (or the same, if there can be only one) on the same data, which is empty at first. It raises
`AssertionError` with a sentence that says what is wrong, within twenty seconds also where a store hangs.
It needs no test runner; run it on the event loops that your program runs on.
"""

from __future__ import annotations

from ._stores.contract import MakeStore, StoreCheck
from ._stores.lock_contract import STORE_CHECKS

__all__ = ["STORE_CHECKS", "MakeStore", "StoreCheck"]


def __dir__() -> list[str]:
    return sorted(__all__)
