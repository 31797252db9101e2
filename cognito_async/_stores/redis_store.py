"""A store in Redis: for programs of which many run at once and share their users' sessions."""

from __future__ import annotations

import math
import secrets
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from random import uniform
from typing import TYPE_CHECKING, Any

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from .._core.errors import ConfigurationError, StoreError
from .._core.redact import mask
from .._core.secret import Secret
from .._crypto.sealing import Seal
from .redis_calls import RedisCalls
from .store import LoopLocks, Record

if TYPE_CHECKING:  # the client is given, so the package is not needed to import this
    from coredis import Redis, RedisCluster

# Time goes on also where a record does not, so a version never comes back; '%.0f' because Lua shortens numbers.
_SAVE = """
local held = redis.call('hget', KEYS[1], 'version')
if ARGV[1] ~= '' and ARGV[1] ~= (held or '0') then return false end
local time = redis.call('time')
local version = string.format('%.0f', math.max((tonumber(held) or 0) + 1, time[1] * 1000000 + time[2]))
redis.call('del', KEYS[1])
redis.call('hset', KEYS[1], 'version', version, ARGV[2], ARGV[3])
if ARGV[4] ~= '' then redis.call('pexpire', KEYS[1], ARGV[4]) end
return version
"""
# Whose first try was done but not answered holds the lock: the client tries by itself again.
_TAKE = """
if redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) or redis.call('get', KEYS[1]) == ARGV[1] then return 1 end
return 0
"""
_GIVE_BACK = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""
# Seconds between two looks at a lock that another holds.
_SHORTEST_WAIT = 0.02
_LONGEST_WAIT = 0.1
# The part of a lease in which there may be work; the rest is for clocks and for what is under way.
_USABLE = 0.9
# Seconds for giving a lock back, while somebody may be waiting to be cancelled.
_GOODBYE = 1.0
_FOREIGN = "under the key of a record Redis holds something that is none of this library"


class RedisStore:
    """Pass one as `store=` when several processes serve the same users: one renews a session, the others wait for it.

    Needs `coredis` (extra `redis`), which runs on asyncio and trio, and a Redis of version 6 or newer, alone or a
    cluster. The client is yours: enter it before, and leave it after, whatever uses the store.

        async with coredis.Redis.from_url(url, connect_timeout=1, stream_timeout=1, max_idle_time=30) as client:
            auth = Auth(..., store=RedisStore(client, key=key))

    Give the client these limits. With the first two, so short that it can try three times within `timeout`, it is
    not broken off from outside while it connects, by which it loses a place in its pool. With the third it
    leaves a connection that has died without a word, which else takes the system many minutes.

    Args:
        client: a `coredis.Redis` or `coredis.RedisCluster` that has been entered; never closed here.
        prefix: what the keys in Redis begin with.
        key: random text or bytes, at least 32, to seal records with; without it they are as readable as Redis is.
        lease: seconds after which a lock ends whose holder has died. Work under a lock is broken off before.
        timeout: seconds that a call may take, connecting included. A call that is cancelled while it makes a
            connection ends when that is done, at most so many seconds later.
        expires_after: seconds after it was last saved when Redis forgets a record; never if not given.

    Raises:
        ConfigurationError: when an argument cannot be right; from `load` when a record cannot be opened.
        StoreError: (from its methods) when Redis cannot be used, does not answer in time, or a lease ends.
    """

    def __init__(
        self,
        client: Redis[Any] | RedisCluster[Any],
        *,
        prefix: str = "cognito_async:",
        key: str | bytes | None = None,
        lease: float = 30.0,
        timeout: float = 5.0,
        expires_after: float | None = None,
    ) -> None:
        key = mask(key)
        for name, seconds in (("lease", lease), ("timeout", timeout), ("expires_after", expires_after)):
            number = seconds is None or (isinstance(seconds, (int, float)) and 0.001 <= seconds < math.inf)
            if not number:
                raise ConfigurationError(f"{name} is a number of seconds, at least a thousandth")
        if not all(callable(getattr(client, name, None)) for name in ("decoding", "delete", "eval", "exists", "hmget")):
            raise ConfigurationError("client must be a coredis client, such as coredis.Redis.from_url(…), and entered")
        self._redis = RedisCalls(client, timeout)
        self._prefix = prefix
        self._seal = Seal(Secret.of(key), "store") if key is not None else None
        self._lease = lease
        self._timeout = timeout
        self._expiry = "" if expires_after is None else _milliseconds(expires_after)
        self._locks = LoopLocks()

    def __repr__(self) -> str:
        return f"RedisStore(prefix={self._prefix!r})"

    async def load(self, key: str) -> Record | None:
        """The record under this key, or `None`: see `TokenStore.load`."""
        name = self._name("record", key)
        version, text, sealed = map(Secret.maybe, await self._redis.fields(name, "version", "text", "sealed"))
        if version is None:
            return None
        if not version.reveal().isdigit():
            raise ConfigurationError(_FOREIGN)
        return Record(self._opened(name, text, sealed).reveal(), int(version.reveal()))

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record, or `None` if it is not at `expected`: see `TokenStore.save`."""
        text = mask(text)
        name = self._name("record", key)
        field, content = "text", Secret(Secret.of(text).reveal().encode("utf-8", "surrogatepass"))
        if self._seal is not None:
            field, content = "sealed", Secret(self._seal.encrypt(content, name))
        wanted = "" if expected is None else str(expected)
        version = await self._redis.run(_SAVE, name, wanted, field, content, self._expiry)
        return None if version is None else int(version)

    async def delete(self, key: str) -> None:
        """Forget the record: see `TokenStore.delete`."""
        await self._redis.delete(self._name("record", key))

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by one task at a time, in all processes; broken off with `StoreError` when its lease ends."""
        return self._lock(key)

    @asynccontextmanager
    async def _lock(self, key: str) -> AsyncGenerator[None]:
        name, token = self._name("lock", key), secrets.token_hex(16)
        async with self._locks.lock(key):  # so that a process asks Redis with one voice
            try:
                with anyio.CancelScope(deadline=await self._take(name, token)) as leased:
                    yield
            finally:
                await self._give_back(name, token)
        if leased.cancelled_caught:
            await checkpoint_if_cancelled()  # what else was cancelled goes first
            raise StoreError(f"the lease of a lock, {self._lease:g} seconds, ended before the work under it")

    async def _take(self, name: bytes, token: str) -> float:
        """Wait for the lock, and return when work under it must be over."""
        wait = _SHORTEST_WAIT
        while True:
            begun = anyio.current_time()  # the lease cannot have begun before
            if await self._redis.run(_TAKE, name, token, _milliseconds(self._lease)):
                return begun + self._lease * _USABLE
            await anyio.sleep(uniform(_SHORTEST_WAIT / 2, wait))  # noqa: S311 - no secret
            wait = min(2 * wait, _LONGEST_WAIT)

    async def _give_back(self, name: bytes, token: str) -> None:
        """Also where it is not known whether the lock was got; what fails here is ended by the lease."""
        with anyio.CancelScope(shield=True), suppress(StoreError):
            await self._redis.run(_GIVE_BACK, name, token, within=min(self._timeout, _GOODBYE))

    def _name(self, kind: str, key: str) -> bytes:
        return f"{self._prefix}{kind}:{key}".encode("utf-8", "surrogatepass")

    def _opened(self, name: bytes, text: Secret[bytes] | None, sealed: Secret[bytes] | None) -> Secret[str]:
        if self._seal is None:
            if text is None:
                raise ConfigurationError("a record in Redis is sealed: give the store its key")
            content = text
        else:
            if sealed is None:
                raise ConfigurationError("a record in Redis is not sealed, so anybody may have written it: delete it")
            opened = self._seal.decrypt(sealed.reveal(), name)
            if opened is None:
                raise ConfigurationError("a record in Redis was sealed with another key, or has been altered")
            content = opened
        with suppress(UnicodeDecodeError):
            return Secret(content.reveal().decode("utf-8", "surrogatepass"))
        raise ConfigurationError(_FOREIGN)


def _milliseconds(seconds: float) -> str:
    return str(math.ceil(seconds * 1000))
