"""Run in a process of its own: one of several that renew the same session, which a Redis keeps for all of them.

Arguments: endpoint, user pool id, client id, port of Redis, name of the session, seconds of the lease, how many times
to renew it. Prints a line of JSON for each renewal, and one for the error that ended it.

DIE_AT in the environment names a point at which it kills itself, as a machine that loses its power.
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


def reached(point: str) -> None:
    if os.environ.get("DIE_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)


class Mortal(RedisStore):
    """A store whose process dies at a point of a renewal; it is that of a session's lock, not of the other one."""

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self._dying(key) if "session/" in key else super().lock(key)

    @asynccontextmanager
    async def _dying(self, key: str) -> AsyncGenerator[None]:
        reached("before the lock")
        async with super().lock(key):
            reached("under the lock")
            yield
        reached("unlocked")

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        version = await super().save(key, text, expected=expected)
        reached("after the save")
        return version

    async def load(self, key: str) -> Record | None:
        return await super().load(key)


class Wire(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reached("before the request")
        reply = await super().handle_async_request(request)
        await reply.aread()
        reached("after the request")
        return reply


async def main(
    endpoint: str, user_pool_id: str, client_id: str, port: int, name: str, lease: float, times: int
) -> None:
    import coredis  # the tests that only read the points above do without it

    options: dict[str, Any] = {"connect_timeout": 1, "stream_timeout": 1}
    async with (
        httpx.AsyncClient(transport=Wire(), trust_env=False) as http_client,
        coredis.Redis(port=port, **options) as redis,
    ):
        pool = UserPool(user_pool_id, client_id, endpoint=endpoint, http_client=http_client)
        user = await pool.auth(store=Mortal(redis, lease=lease), namespace=name).current_user()
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
