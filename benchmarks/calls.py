"""The workload `calls`: CPU seconds per call, and calls per second. Many tasks repeat one operation on one client.

The operation is GetUser with an access token or, with `signed=1`, AdminGetUser with AWS credentials.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio

from .wire import ACCESS_TOKEN, ADMIN_REQUEST, BODY, HEADERS
from .worker import CLIENT_ID, KEYS, POOL_ID, Arguments, Figures, end_process, run_async

Call = Callable[[], Awaitable[Any]]
# Returns the function that one task repeats. All tasks share one client, except with httpcore.
CallerMaker = Callable[[], Awaitable[Call]]
# The default limit of our package, httpx and aiohttp.
MOST_CONNECTIONS = 100


@asynccontextmanager
async def ours(endpoint: str, signed: bool) -> AsyncIterator[CallerMaker]:
    from cognito_async import UserPool
    from cognito_async.lowlevel import Credentials, admin_users, invoke, profile

    credentials = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"])
    async with UserPool(POOL_ID, CLIENT_ID, endpoint=endpoint, credentials=credentials) as pool:

        async def call() -> None:
            request = profile.GetUserRequest(access_token=ACCESS_TOKEN)
            assert (await invoke(pool, profile.GET_USER, request)).username

        async def call_signed() -> None:
            request = admin_users.AdminGetUserRequest(**ADMIN_REQUEST)
            assert (await invoke(pool, admin_users.ADMIN_GET_USER, request)).username

        yield shared(call_signed if signed else call)


@asynccontextmanager
async def aiobotocore(endpoint: str, signed: bool) -> AsyncIterator[CallerMaker]:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    config = AioConfig(max_pool_connections=MOST_CONNECTIONS, proxies={})
    made = get_session().create_client(
        "cognito-idp", region_name="eu-central-1", endpoint_url=endpoint, config=config, **KEYS
    )
    async with made as client:

        async def call() -> None:
            assert (await client.get_user(AccessToken=ACCESS_TOKEN))["Username"]

        async def call_signed() -> None:
            assert (await client.admin_get_user(**ADMIN_REQUEST))["Username"]

        yield shared(call_signed if signed else call)


@asynccontextmanager
async def aiohttp(endpoint: str, signed: bool) -> AsyncIterator[CallerMaker]:
    import aiohttp

    async with aiohttp.ClientSession(skip_auto_headers=("user-agent", "accept")) as session:

        async def call() -> None:
            async with session.post(endpoint, data=BODY, headers=HEADERS) as response:
                assert response.status == 200 and await response.read()

        yield shared(call)


@asynccontextmanager
async def httpx(endpoint: str, signed: bool) -> AsyncIterator[CallerMaker]:
    """Use httpx's defaults, but no timeout: of 1,000 callers, most would time out while they wait for a connection."""
    import httpx

    async with httpx.AsyncClient(timeout=None) as client:

        async def call() -> None:
            assert (await client.post(endpoint, content=BODY, headers=HEADERS)).content

        yield shared(call)


@asynccontextmanager
async def httpcore(endpoint: str, signed: bool) -> AsyncIterator[CallerMaker]:
    """Use one bare connection per task, without a pool."""
    import httpcore

    url = httpcore.URL(endpoint)
    headers = [
        (b"host", url.origin.host + b":" + str(url.origin.port).encode()),
        *((name.encode(), value.encode()) for name, value in HEADERS.items()),
        (b"content-length", str(len(BODY)).encode()),
    ]
    async with AsyncExitStack() as opened:

        async def make() -> Call:
            connection = await opened.enter_async_context(httpcore.AsyncHTTPConnection(url.origin))

            async def call() -> None:
                reply = await connection.request("POST", url, headers=headers, content=BODY)
                assert reply.status == 200 and reply.content

            return call

        yield make


def shared(call: Call) -> CallerMaker:
    async def make() -> Call:
        return call

    return make


CONTENDERS = {
    "default": ours,
    "fast": ours,
    "aiobotocore": aiobotocore,
    "aiohttp": aiohttp,
    "httpx": httpx,
    "httpcore": httpcore,
}


async def measure(arguments: Arguments) -> Figures:
    """Measure for `size` seconds, after a warm-up of half as long.

    The number of callers is at most 1,000 per second of `size`, because 0.1 seconds are too short for 1,000 callers.
    """
    answered = 0

    async def repeat(call: Call) -> None:
        nonlocal answered
        while True:
            await call()
            answered += 1

    def now() -> tuple[float, float, int]:
        return time.process_time(), time.perf_counter(), answered

    async def pause(seconds: float, replies: int) -> None:
        """Wait for `seconds`. If fewer than `replies` calls were answered in that time, wait on until they are."""
        enough = answered + max(replies, 1)
        await anyio.sleep(seconds)
        while answered < enough:  # noqa: ASYNC110 - setting an event in each call would cost CPU that is measured
            await anyio.sleep(seconds)

    concurrent = min(int(arguments["concurrent"]), int(arguments.size * 1_000))
    # With more callers than connections, replies may arrive in batches: wait for at least one batch.
    batch = int(min(concurrent, MOST_CONNECTIONS) * min(arguments.size, 1))
    contender = CONTENDERS[arguments.contender](arguments["endpoint"], arguments.options.get("signed") == "1")
    async with contender as make_caller, anyio.create_task_group() as group:
        for _ in range(concurrent):
            group.start_soon(repeat, await make_caller())
        await pause(arguments.size / 2, batch)
        before = now()
        await pause(arguments.size, batch)
        cpu, wall, calls = (after - earlier for after, earlier in zip(now(), before, strict=True))
        # Cancel nothing: some peers take minutes to cancel 1,000 calls.
        end_process({"cpu": cpu / calls, "rate": calls / wall, "calls": calls})
    raise AssertionError("the callers never end")


if __name__ == "__main__":
    run_async(measure)
