"""One operation called again and again by so many tasks on one client: CPU seconds per call, and calls per second.

GetUser with an access token, or with `signed=1` AdminGetUser with AWS credentials.
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
# Makes one more caller's way to call; all but httpcore's share one client.
CallerMaker = Callable[[], Awaitable[Call]]
# As many as ours, httpx and aiohttp have of themselves.
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
    """As it comes, but with patience: with its own limit most of 1,000 callers fail for want of a connection."""
    import httpx

    async with httpx.AsyncClient(timeout=None) as client:

        async def call() -> None:
            assert (await client.post(endpoint, content=BODY, headers=HEADERS)).content

        yield shared(call)


@asynccontextmanager
async def httpcore(endpoint: str, signed: bool) -> AsyncIterator[CallerMaker]:
    """No pool at all: a connection for each task."""
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
    """`size`: seconds to measure, after half as many to warm up; a tenth of one is too little for 1,000 callers."""
    answered = 0

    async def repeat(call: Call) -> None:
        nonlocal answered
        while True:
            await call()
            answered += 1

    def now() -> tuple[float, float, int]:
        return time.process_time(), time.perf_counter(), answered

    async def pause(seconds: float, replies: int) -> None:
        """So long, and until so many more have been answered."""
        enough = answered + max(replies, 1)
        await anyio.sleep(seconds)
        while answered < enough:  # noqa: ASYNC110 - an event for each call would be measured too
            await anyio.sleep(seconds)

    concurrent = min(int(arguments["concurrent"]), int(arguments.size * 1_000))
    # A client with more callers than connections may answer them in batches.
    batch = int(min(concurrent, MOST_CONNECTIONS) * min(arguments.size, 1))
    contender = CONTENDERS[arguments.contender](arguments["endpoint"], arguments.options.get("signed") == "1")
    async with contender as make_caller, anyio.create_task_group() as group:
        for _ in range(concurrent):
            group.start_soon(repeat, await make_caller())
        await pause(arguments.size / 2, batch)
        before = now()
        await pause(arguments.size, batch)
        cpu, wall, calls = (after - earlier for after, earlier in zip(now(), before, strict=True))
        # Some peers take minutes to cancel 1,000 calls.
        end_process({"cpu": cpu / calls, "rate": calls / wall, "calls": calls})
    raise AssertionError("the callers never end")


if __name__ == "__main__":
    run_async(measure)
