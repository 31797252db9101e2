"""Run the checks that every store must pass, on your own store."""

import pytest

from cognito_async import MemoryStore
from cognito_async.testing import STORE_CHECKS, StoreCheck


@pytest.mark.anyio
@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_my_store(check: StoreCheck) -> None:
    store = MemoryStore()  # replace it with your own store
    # If several objects can share their records, let the lambda create a new one
    await check(lambda: store)
