"""A Celery task that acts for a user. All workers share the store of the sessions."""

import asyncio

from anyio import to_thread
from celery import Celery

from cognito_async import FileStore, UserPool

app = Celery("tasks", broker="redis://localhost")
# One pool and one store for the process, made before the workers fork
pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890")
store = FileStore("sessions.json")


@app.task
def write_report(visitor: str) -> str:
    return asyncio.run(_write_report(visitor))


async def _write_report(visitor: str) -> str:
    user = await pool.auth(store=store, namespace=visitor).current_user()
    attributes = await user.attributes()
    return f"a report for {attributes['email']}"


async def main(username: str, password: str) -> None:
    # In the web service: sign in, and start the task
    await pool.auth(store=store, namespace="visitor-1").sign_in(username, password)
    print(await to_thread.run_sync(write_report, "visitor-1"))
