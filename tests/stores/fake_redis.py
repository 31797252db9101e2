"""An in-memory fake of the client and the Redis that `RedisStore` needs, with failures and delays on demand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cognito_async._stores import redis_store


async def nothing(command: str) -> None:
    """Do nothing, without failing or waiting."""


class FakeRedis:
    """A Redis and its client. Around each command, it awaits `before` and `after` with the name of the command.

    asked: the names of the commands so far
    lives: how long each record lives after its last save, in milliseconds
    now: the time at the server, in seconds
    """

    def __init__(self) -> None:
        self.hashes: dict[bytes, dict[str, bytes]] = {}
        self.locks: dict[bytes, bytes] = {}
        self.asked: list[str] = []
        self.lives: dict[bytes, int] = {}
        self.now = 1_000_000.0
        self.before: Callable[[str], Awaitable[None]] = nothing
        self.after: Callable[[str], Awaitable[None]] = nothing

    @contextmanager
    def decoding(self, mode: bool) -> Iterator[None]:
        assert mode is False
        yield

    async def _do(self, command: str, work: Callable[[], Any]) -> Any:
        self.asked.append(command)
        await self.before(command)
        reply = work()
        await self.after(command)
        return reply

    async def exists(self, keys: Sequence[bytes]) -> int:
        found: int = await self._do("exists", lambda: sum(key in self.hashes for key in keys))
        return found

    async def delete(self, keys: Sequence[bytes]) -> None:
        await self._do("delete", lambda: [self.hashes.pop(key, None) for key in keys])

    async def hmget(self, key: bytes, fields: Sequence[str]) -> tuple[bytes | None, ...]:
        found: tuple[bytes | None, ...] = await self._do(
            "hmget", lambda: tuple(self.hashes.get(key, {}).get(field) for field in fields)
        )
        return found

    async def eval(self, script: str, keys: Sequence[bytes], arguments: Sequence[Any]) -> Any:
        [key] = keys
        name = {redis_store._SAVE: "save", redis_store._TAKE: "take", redis_store._RELEASE: "release"}[script]
        return await self._do(name, lambda: getattr(self, f"_{name}")(key, *arguments))

    def _save(self, key: bytes, expected: str, field: str, content: bytes, life: str) -> bytes | None:
        held = self.hashes.get(key, {}).get("version", b"0")
        if expected and expected.encode() != held:
            return None
        self.now += 0.001
        version = b"%d" % max(int(held) + 1, int(self.now * 1_000_000))
        self.hashes[key] = {"version": version, field: content}
        if life:
            self.lives[key] = int(life)
        return version

    def _take(self, key: bytes, token: str, milliseconds: str) -> int:
        return int(self.locks.setdefault(key, token.encode()) == token.encode())

    def _release(self, key: bytes, token: str) -> int:
        return int(self.locks.get(key) == token.encode() and bool(self.locks.pop(key)))
