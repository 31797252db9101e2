"""A store in Redis, for several processes that share their users' sessions."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from random import uniform
from typing import TYPE_CHECKING, Any

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from .._core.concurrency.process_locks import ProcessLocks
from .._core.errors import ConfigurationError, StoreError
from .._core.outside import is_number
from .._core.redact import mask
from .._core.secret import Secret
from .._crypto.sealing import Seal
from .redis_calls import RedisCalls
from .store import Record

if TYPE_CHECKING:  # the caller makes the client, so this module does not need its package
    from coredis import Redis, RedisCluster

# A version is at least the server's time in microseconds, so that none repeats after a record is deleted. '%.0f' writes
# all digits, because Lua's default format shortens large numbers.
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
# The client retries when a reply is lost. If the first attempt took the lock, the retry finds its own token and
# succeeds.
_TAKE = """
if redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) or redis.call('get', KEYS[1]) == ARGV[1] then return 1 end
return 0
"""
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""
# Seconds between two attempts to take a lock that another task holds.
_SHORTEST_WAIT = 0.02
_LONGEST_WAIT = 0.1
# The share of a lease during which work may run. The rest allows for inexact clocks and for commands in progress.
_USABLE_SHARE = 0.9
# Seconds that releasing a lock may take: few, because a cancelled caller waits for it.
_RELEASE_SECONDS = 1.0
# Microseconds since 1970 have 16 digits.
_VERSION = re.compile(rb"\d{1,18}")
_FOREIGN = "the Redis key holds foreign data, not a record of cognito_async"


class RedisStore:
    """Pass one as `store=` if several processes serve the same users: one refreshes a session, the others wait for it.

    Needs `coredis` (extra `redis`), which runs on asyncio and trio, and Redis 6 or newer, a single server or a
    cluster. You own the client: enter it before the store is used, and exit it afterwards.

        async with coredis.Redis.from_url(url, connect_timeout=1, stream_timeout=1, max_idle_time=30) as client:
            auth = Auth(..., store=RedisStore(client, key=key))

    Give the client the three limits of this example. With `connect_timeout` and `stream_timeout`, it can make three
    attempts within the store's `timeout`. Otherwise a call could be cancelled while the client connects, and the client
    would lose a slot of its pool. With `max_idle_time`, the client drops a connection that has died silently, which the
    operating system notices only after many minutes.

    Args:
        client: a `coredis.Redis` or `coredis.RedisCluster` that has been entered. The store never closes it.
        prefix: the first part of all keys in Redis. Stores with different prefixes never share a key.
        key: encrypts the records: at least 32 random characters or bytes. Without it, the default, anyone with access
            to Redis can read them.
        lease: seconds until a lock expires if its holder dies. Work under the lock is cancelled before that.
        timeout: seconds that a call may take, connecting included. A call that is cancelled while it connects
            still waits for the connection, at most this many seconds.
        expires_after: seconds after its last save until Redis deletes a record; by default, records stay.

    Raises:
        ConfigurationError: if an argument is invalid; from `load` if a record cannot be decrypted or read.
        StoreError: (from its methods) if Redis cannot be used or does not reply in time, or a lease ends.
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
        self._prefix = prefix
        key = mask(key)
        for name, seconds in (("lease", lease), ("timeout", timeout), ("expires_after", expires_after)):
            if seconds is not None and not is_number(seconds, 0.001):
                raise ConfigurationError(f"{name} must be a number of seconds, at least 0.001")
        if not all(callable(getattr(client, name, None)) for name in ("decoding", "delete", "eval", "exists", "hmget")):
            raise ConfigurationError("client must be an entered coredis client, such as coredis.Redis.from_url(…)")
        if not isinstance(prefix, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"prefix must be a str, not {type(prefix).__name__}")
        self._redis = RedisCalls(client, timeout)
        self._seal = Seal(Secret.of(key), "store") if key is not None else None
        self._lease = lease
        self._timeout = timeout
        self._expiry = "" if expires_after is None else _milliseconds(expires_after)
        self._locks = ProcessLocks()

    def __repr__(self) -> str:
        return f"RedisStore(prefix={self._prefix!r})"

    async def load(self, key: str) -> Record | None:
        """Return the record of this key, or `None`: see `TokenStore.load`."""
        name = self._name("record", key)
        version, text, sealed = map(Secret.maybe, await self._redis.fields(name, "version", "text", "sealed"))
        if version is None:
            return None
        if not _VERSION.fullmatch(version.reveal()):
            raise ConfigurationError(_FOREIGN)
        return Record(self._opened(name, text, sealed).reveal(), int(version.reveal()))

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record if its version is `expected`; return the new version: see `TokenStore.save`."""
        text = mask(text)
        name = self._name("record", key)
        field, content = "text", Secret(Secret.of(text).reveal().encode("utf-8", "surrogatepass"))
        if self._seal is not None:
            field, content = "sealed", Secret(self._seal.encrypt(content, name))
        wanted = "" if expected is None else str(expected)
        version = await self._redis.run(_SAVE, name, wanted, field, content, self._expiry)
        if version is not None and not _VERSION.fullmatch(version):
            raise ConfigurationError(_FOREIGN)
        return None if version is None else int(version)

    async def delete(self, key: str) -> None:
        """Delete the record: see `TokenStore.delete`."""
        await self._redis.delete(self._name("record", key))

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Return a lock that one task of all processes holds at a time.

        Work under it is cancelled, and `StoreError` raised, before its lease ends.
        """
        return self._lock(key)

    @asynccontextmanager
    async def _lock(self, key: str) -> AsyncGenerator[None]:
        name, token = self._name("lock", key), secrets.token_hex(16)
        async with self._locks.lock(key):  # of the tasks of this process, only one asks Redis
            try:
                with anyio.CancelScope(deadline=await self._take(name, token)) as leased:
                    yield
            finally:
                await self._release(name, token)
        if leased.cancelled_caught:
            await checkpoint_if_cancelled()  # a cancellation from outside takes precedence
            raise StoreError(f"the lease of a lock ({self._lease:g} seconds) ended before the work under it did")

    async def _take(self, name: bytes, token: str) -> float:
        """Wait for the lock, and return the time when work under it must end."""
        wait = _SHORTEST_WAIT
        while True:
            begun = anyio.current_time()  # before the lease, which begins when Redis gets the command
            if await self._redis.run(_TAKE, name, token, _milliseconds(self._lease)):
                return begun + self._lease * _USABLE_SHARE
            await anyio.sleep(uniform(_SHORTEST_WAIT / 2, wait))  # noqa: S311 - not used for a secret
            wait = min(2 * wait, _LONGEST_WAIT)

    async def _release(self, name: bytes, token: str) -> None:
        """Release the lock, even if it is unknown whether it was taken. Ignore an error: the lease ends the lock."""
        with anyio.CancelScope(shield=True), suppress(StoreError):
            await self._redis.run(_RELEASE, name, token, within=min(self._timeout, _RELEASE_SECONDS))

    def _name(self, kind: str, key: str) -> bytes:
        """Return the Redis key of a record or lock.

        Stores with different prefixes never share one, whatever the prefixes and keys are: after its last colon is the
        store's key, in which other characters replace colons. Before it is the kind, and before that the prefix.
        """
        escaped = key.replace("~", "~~").replace(":", "~.")
        return f"{self._prefix}{kind}:{escaped}".encode("utf-8", "surrogatepass")

    def _opened(self, name: bytes, text: Secret[bytes] | None, sealed: Secret[bytes] | None) -> Secret[str]:
        if self._seal is None:
            if text is None:
                raise ConfigurationError("a record in Redis is encrypted: pass the store's key")
            content = text
        else:
            if sealed is None:
                raise ConfigurationError("a record in Redis is not encrypted, so it may be forged: delete it")
            opened = self._seal.decrypt(sealed.reveal(), name)
            if opened is None:
                raise ConfigurationError("a record in Redis was encrypted with another key, or altered")
            content = opened
        with suppress(UnicodeDecodeError):
            return Secret(content.reveal().decode("utf-8", "surrogatepass"))
        raise ConfigurationError(_FOREIGN)


def _milliseconds(seconds: float) -> str:
    return str(math.ceil(seconds * 1000))
