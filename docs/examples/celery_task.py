"""A Celery task that acts for a user. All workers share the sessions in Redis."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import coredis
from anyio import to_thread
from celery import Celery

from cognito_async import Auth, UserPool
from cognito_async.integrations.redis import RedisStore

app = Celery("tasks", broker="redis://localhost")
# One pool for the process, made before the workers fork
pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890")
# In a real program, read it from the configuration: all processes need the same key
KEY = secrets.token_bytes(32)


@asynccontextmanager
async def visitor(namespace: str) -> AsyncIterator[Auth]:
    # A Redis client belongs to one event loop, so each task opens its own
    async with coredis.Redis.from_url(
        "redis://localhost", connect_timeout=1, stream_timeout=1, max_idle_time=30
    ) as client:
        yield pool.auth(store=RedisStore(client, key=KEY), namespace=namespace)


@app.task
def write_report(namespace: str) -> str:
    return asyncio.run(_write_report(namespace))


async def _write_report(namespace: str) -> str:
    async with visitor(namespace) as auth:
        user = await auth.current_user()
        attributes = await user.attributes()
    return f"a report for {attributes['email']}"


async def main(username: str, password: str) -> None:
    # In the web service: sign in, and start the task
    async with visitor("visitor-1") as auth:
        await auth.sign_in(username, password)
    print(await to_thread.run_sync(write_report, "visitor-1"))
