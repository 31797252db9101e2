"""Calls to Redis with a time limit, which fail with `StoreError`. One task opens the first connection for all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from .._core.concurrency.per_loop import PerLoop
from .._core.errors import StoreError
from .._core.secret import Secret, opened

if TYPE_CHECKING:  # the caller makes the client, so this module does not need its package
    from coredis import Redis, RedisCluster

_LATE = "Redis did not answer in time"


class _Availability:
    """The availability of Redis, as one event loop has last seen it."""

    def __init__(self) -> None:
        self.open = False
        self.problem = ""
        self.failures = 0
        self.lock = anyio.Lock()


class RedisCalls:
    """The commands that a `RedisStore` sends.

    Args:
        client: a client that has been entered.
        timeout: seconds that a call may take, connecting included.
    """

    def __init__(self, client: Redis[Any] | RedisCluster[Any], timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self._availability = PerLoop(_Availability)

    async def run(self, script: str, name: bytes, *arguments: str | Secret[bytes], within: float | None = None) -> Any:
        """Run a script on one key and return its reply. `within`: the seconds it may take, by default `timeout`."""
        return await self._call(name, lambda: self._client.eval(script, [name], [*map(opened, arguments)]), within)

    async def fields(self, name: bytes, *fields: str) -> tuple[bytes | None, ...]:
        """Return the values of these fields of a hash; `None` for an absent field."""
        found: tuple[bytes | None, ...] = await self._call(name, lambda: self._client.hmget(name, fields))
        return found

    async def delete(self, name: bytes) -> None:
        """Remove a key."""
        await self._call(name, lambda: self._client.delete([name]))

    async def _call(self, name: bytes, send: Callable[[], Awaitable[Any]], within: float | None = None) -> Any:
        """Send a command and return the reply as bytes, even if the client decodes replies.

        Raises `StoreError` after `within` seconds, or if the client fails. The error is raised outside the `except`
        block, so that the client's error, which contains the command, does not become its context.
        """
        redis = self._availability.get()
        within = self._timeout if within is None else within
        problem = _LATE
        with anyio.move_on_after(within):
            if not redis.open and (found := await self._check_once(redis, name, within)):
                raise StoreError(found)
            try:
                with self._client.decoding(False):
                    return await send()
            except Exception as error:  # noqa: BLE001 - a client may raise any error
                problem = _describe_error(error)
        redis.open = False
        raise StoreError(problem)

    async def _check_once(self, redis: _Availability, name: bytes, within: float) -> str:
        """Return why Redis cannot be reached, or an empty string. One task checks, and all waiters share its result.

        Otherwise the client would open a connection for each of them at the same time.
        """
        failures = redis.failures
        async with redis.lock:
            if not redis.open and redis.failures == failures:
                # Check in a separate task, because a shield does not stop asyncio's own cancellation.
                async with anyio.create_task_group() as group:
                    group.start_soon(self._check, redis, name, within)
                await checkpoint_if_cancelled()  # trio does not check for a cancellation after a shielded task
            return "" if redis.open else redis.problem

    async def _check(self, redis: _Availability, name: bytes, within: float) -> None:
        """Ask whether the key exists, only to see that Redis replies. In a cluster, this asks the key's node.

        Under the shield, the client completes its connection even if the caller is cancelled: see `RedisStore`.
        """
        redis.problem = _LATE
        with anyio.move_on_after(within, shield=True):
            try:
                await self._client.exists([name])
                redis.open = True
            except Exception as error:  # noqa: BLE001 - a client may raise any error
                redis.problem = _describe_error(error)
        if not redis.open:
            redis.failures += 1


def _describe_error(error: Exception) -> str:
    """Return the type of an error without its message, which may contain an address or the command."""
    return f"Redis cannot be used: {type(error).__name__}"
