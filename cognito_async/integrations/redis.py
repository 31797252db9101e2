"""Sessions in Redis, for a service that runs in several processes: `RedisStore` (extra `redis`, with coredis).

    import coredis
    from cognito_async.integrations.redis import RedisStore

    async with coredis.Redis.from_url(url, connect_timeout=1, stream_timeout=1, max_idle_time=30) as client:
        auth = Auth("eu-central-1_AbCdEfGhI", "4example5client6id7890", store=RedisStore(client, key=key))

If an error leaves this `async with` block, coredis raises it inside an `ExceptionGroup`.
"""

from __future__ import annotations

from .._core.public_modules import set_module
from .._stores.redis_store import RedisStore

__all__ = ["RedisStore"]

set_module(globals(), __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
