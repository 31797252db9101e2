"""Event loops for the tests of `PerLoop`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.event_loops import RUNNERS


@pytest.fixture(params=list(RUNNERS.values()), ids=list(RUNNERS))
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return one of the `RUNNERS`."""
    runner: Callable[..., Any] = request.param
    return runner


@pytest.fixture
def by_hand() -> Any:
    """Yield a loop that its program closes by hand, or forgets to close."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()
