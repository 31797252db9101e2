"""The servers and connections of `tests.serving`, and calls of AWS's JSON protocol over them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from cognito_async._aws.service_time import ServiceTime
from cognito_async._aws.transport import RpcTransport
from cognito_async._http.connections import HttpConnections
from cognito_async._http.http_client import HttpClient
from cognito_async._http.options import HttpOptions
from cognito_async._local.clock import MovableClock
from tests.aws.locations import location_of
from tests.serving import certificate, clock, connection, connections, failure, no_leak, one_place, serve

__all__ = ["certificate", "clock", "connection", "connections", "failure", "no_leak", "one_place", "serve", "transport"]


@asynccontextmanager
async def _transport(url: str, clock: MovableClock, client: HttpClient | None = None) -> AsyncGenerator[RpcTransport]:
    pool = HttpConnections(HttpOptions(clock, client))
    yield RpcTransport(pool, location_of(url), ServiceTime(clock))
    await pool.aclose()


@pytest.fixture
def transport() -> Callable[..., AbstractAsyncContextManager[RpcTransport]]:
    """Return a function for `async with transport(url, clock, client=None) as http`."""
    return _transport
