"""Type-confused requests to all operations of a local pool: it answers each, and never by an internal error.

A failure names its world and its request. Each world has its own seed, so `send_all(world)` repeats it.
"""

from __future__ import annotations

import pytest

from tests.sizes import FULL

from .local_requests import send_all

pytestmark = pytest.mark.anyio
WORLDS = 20 if FULL else 4


async def test_type_confused_requests_cause_no_internal_error(anyio_backend: str) -> None:
    # Each backend has half of the worlds.
    for world in range(anyio_backend == "trio", WORLDS, 2):
        await send_all(world)
