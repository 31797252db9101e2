"""Save sessions in Redis, for a service with several processes."""

import secrets

import coredis

from cognito_async import UserPool
from cognito_async.integrations.redis import RedisStore

key = secrets.token_bytes(32)  # in a real program, read it from the configuration


async def main(pool: UserPool, username: str, password: str) -> None:
    async with coredis.Redis.from_url(
        "redis://localhost", connect_timeout=1, stream_timeout=1, max_idle_time=30
    ) as client:
        store = RedisStore(client, key=key, expires_after=30 * 24 * 3600)
        # As the namespace, use a hash of the random name in the browser's cookie
        auth = pool.auth(store=store, namespace=secrets.token_urlsafe())
        await auth.sign_in(username, password)
        user = await auth.current_user()
        print(await user.attributes())
