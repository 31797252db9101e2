"""Failed calls leave nothing behind: their requests do not stay in memory until a garbage collection."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from cognito_async import RetryPolicy, UserPool, errors
from cognito_async._aws.rpc import RpcRequest
from cognito_async._core.model import Request
from cognito_async._http.message import HttpRequest
from cognito_async.credentials import Credentials
from tests.leaks.markers import ACCESS_KEY, SECRET, SESSION_TOKEN
from tests.leaks.test_failing_calls import CALLS, NEED_NO_REPLY
from tests.serving import Connection, Serve
from tests.support import BINDING, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]


@pytest.fixture
def uncollected(little_to_search: None) -> Iterator[None]:
    """Run the test without garbage collection."""
    gc.disable()
    yield
    gc.enable()


async def _closes(connection: Connection) -> None:
    await connection.request()


async def _is_silent(connection: Connection) -> None:
    await connection.request()
    await anyio.sleep_forever()


async def _refuses(connection: Connection) -> None:
    await _reply(connection, refusal("InvalidParameterException"))


async def _throttles(connection: Connection) -> None:
    await _reply(connection, refusal("TooManyRequestsException"))


async def _replies_nonsense(connection: Connection) -> None:
    await _reply(connection, (200, {"Session": 5, "AuthenticationResult": 6, "UserConfirmed": "?"}))


async def _asks_for_proofs(connection: Connection) -> None:
    await _reply(connection, (200, {"ChallengeName": "DEVICE_SRP_AUTH", "Session": "s", "ChallengeParameters": {}}))


async def _reply(connection: Connection, reply: tuple[int, dict[str, Any]]) -> None:
    while True:
        await connection.request()
        await connection.reply(json.dumps(reply[1]).encode(), status=reply[0])


@pytest.mark.usefixtures("connection", "uncollected")
@pytest.mark.parametrize(
    "server", [_closes, _is_silent, _refuses, _throttles, _replies_nonsense, _asks_for_proofs, None]
)
@pytest.mark.table
async def test_failed_calls_leave_no_request(serve: Serve, server: Any) -> None:
    options: dict[str, Any] = {
        "client_secret": SECRET,
        "credentials": Credentials("AKIDEXAMPLE", ACCESS_KEY, SESSION_TOKEN),
        "retry": RetryPolicy(max_attempts=3, base_delay=0.001),
        "timeout": 0.02 if server is _is_silent else 30,
    }
    async with serve(server or _closes) as url:
        await _check_each_call(UserPool(*BINDING, endpoint=url if server else "http://127.0.0.1:1", **options))


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("server", [_closes, _refuses, _throttles, _replies_nonsense])
@pytest.mark.table
async def test_failed_calls_of_an_injected_client_leave_no_request(serve: Serve, server: Any) -> None:
    async with serve(server) as url, httpx.AsyncClient(trust_env=False) as client:
        retry = RetryPolicy(max_attempts=3, base_delay=0.001)
        pool = UserPool(*BINDING, client_secret=SECRET, endpoint=url, http_client=client, retry=retry)
        await _check_each_call(pool)


async def _check_each_call(pool: UserPool) -> None:
    of_other_tests = _requests()
    async with pool:
        for name, call in {**CALLS, **NEED_NO_REPLY}.items():
            with suppress(errors.CognitoError):
                await call(pool)
            await checkpoint()  # until then, the event loop may hold a cancellation, whose frames hold the request
            left = [type(one).__name__ for one in _requests() if not any(one is other for other in of_other_tests)]
            assert not left, name


def _requests() -> list[Any]:
    """Return the requests in memory."""
    return [one for one in gc.get_objects() if isinstance(one, (HttpRequest, RpcRequest, Request))]
