"""Calls to Redis that end in time, fail as `StoreError`, and do not all make connections at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from .._core.errors import StoreError
from .._core.per_loop import PerLoop
from .._core.secret import Secret, opened

if TYPE_CHECKING:  # the client is given, so its package is not needed to import this
    from coredis import Redis, RedisCluster

_LATE = "Redis did not answer in time"


class _Way:
    """Whether Redis can be reached, as far as one event loop knows."""

    def __init__(self) -> None:
        self.open = False
        self.problem = ""
        self.failures = 0
        self.turn = anyio.Lock()


class RedisCalls:
    """What `RedisStore` knows of its client.

    Args:
        client: the client, which has been entered.
        timeout: seconds that a call may take, connecting included.
    """

    def __init__(self, client: Redis[Any] | RedisCluster[Any], timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self._ways = PerLoop(_Way)

    async def run(self, script: str, name: bytes, *arguments: str | Secret[bytes], within: float | None = None) -> Any:
        """What a script answers for one key."""
        return await self._call(name, lambda: self._client.eval(script, [name], [*map(opened, arguments)]), within)

    async def fields(self, name: bytes, *fields: str) -> tuple[bytes | None, ...]:
        """What a hash holds."""
        found: tuple[bytes | None, ...] = await self._call(name, lambda: self._client.hmget(name, fields))
        return found

    async def delete(self, name: bytes) -> None:
        """Remove a key."""
        await self._call(name, lambda: self._client.delete([name]))

    async def _call(self, name: bytes, send: Callable[[], Awaitable[Any]], within: float | None = None) -> Any:
        """What Redis answers, in bytes whatever the client decodes, within so many seconds.

        What fails is raised outside of any `except`: the client's error would be its context, and holds what was sent.
        """
        way = self._ways.get()
        within = self._timeout if within is None else within
        problem = _LATE
        with anyio.move_on_after(within):
            if not way.open and (found := await self._find(way, name, within)):
                raise StoreError(found)
            try:
                with self._client.decoding(False):
                    return await send()
            except Exception as error:  # noqa: BLE001 - whatever a client may raise
                problem = _told(error)
        way.open = False
        raise StoreError(problem)

    async def _find(self, way: _Way, name: bytes, within: float) -> str:
        """Why Redis cannot be reached, or nothing: one task looks, and those who wait for it share what it finds.

        Else each of them would have the client make a connection, and some more, at the same time.
        """
        failures = way.failures
        async with way.turn:
            if not way.open and way.failures == failures:
                # A task of its own, because a shield does not stop asyncio's own cancellation.
                async with anyio.create_task_group() as group:
                    group.start_soon(self._look, way, name, within)
                await checkpoint_if_cancelled()  # which trio does not do where the task was shielded
            return "" if way.open else way.problem

    async def _look(self, way: _Way, name: bytes, within: float) -> None:
        """Ask for a key, which in a cluster goes to the key's own node; not broken off, see `RedisStore`."""
        way.problem = _LATE
        with anyio.move_on_after(within, shield=True):
            try:
                await self._client.exists([name])
                way.open = True
            except Exception as error:  # noqa: BLE001 - whatever a client may raise
                way.problem = _told(error)
        if not way.open:
            way.failures += 1


def _told(error: Exception) -> str:
    """The kind alone: a text may hold an address, and what was sent."""
    return f"Redis cannot be used: {type(error).__name__}"
