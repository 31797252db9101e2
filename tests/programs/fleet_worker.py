"""A program that refreshes a session in Redis. Tests run several such processes with one session.

Arguments: backend, endpoint, user pool ID, client ID, port of Redis, namespace of the session, seconds of the lease,
number of refreshes. Prints a line of JSON for each refresh, and one for an error, which ends the program.

If the environment variable DIE_AT names one of `POINTS`, the process kills itself there, like a machine without power.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import httpx

from cognito_async import Record, UserPool, errors
from cognito_async.integrations.redis import RedisStore

POINTS = ("before the lock", "under the lock", "before the request", "after the request", "after the save", "unlocked")


def die_if_at(point: str) -> None:
    if os.environ.get("DIE_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)


class DyingStore(RedisStore):
    """A store whose process can die at any point of a refresh: before, under and after a session's lock."""

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self._dying(key) if "session/" in key else super().lock(key)

    @asynccontextmanager
    async def _dying(self, key: str) -> AsyncGenerator[None]:
        die_if_at("before the lock")
        async with super().lock(key):
            die_if_at("under the lock")
            yield
        die_if_at("unlocked")

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        die_if_at("after the save")
        return version

    async def load(self, key: str) -> Record | None:
        return await super().load(key)


class DyingTransport(httpx.AsyncHTTPTransport):
    """A transport whose process can die before or after a request."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        die_if_at("before the request")
        reply = await super().handle_async_request(request)
        await reply.aread()
        die_if_at("after the request")
        return reply


async def main(
    endpoint: str, user_pool_id: str, client_id: str, port: int, name: str, lease: float, times: int
) -> None:
    import coredis  # not at the top, because a test that imports `POINTS` does not need it

    options: dict[str, Any] = {"connect_timeout": 1, "stream_timeout": 1}
    async with (
        httpx.AsyncClient(transport=DyingTransport(), trust_env=False) as http_client,
        coredis.Redis(port=port, **options) as redis,
    ):
        pool = UserPool(user_pool_id, client_id, endpoint=endpoint, http_client=http_client)
        user = await pool.auth(store=DyingStore(redis, lease=lease), namespace=name).current_user()
        for _ in range(times):
            try:
                await user.refresh()
            except errors.CognitoError as error:
                print(json.dumps({"error": type(error).__name__, "code": error.code}), flush=True)
                return
            print(json.dumps({"renewed": True}), flush=True)


if __name__ == "__main__":
    backend, *rest = sys.argv[1:]
    anyio.run(main, rest[0], rest[1], rest[2], int(rest[3]), rest[4], float(rest[5]), int(rest[6]), backend=backend)
