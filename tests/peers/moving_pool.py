"""A program that serves a local pool with a movable clock. POST /clock with a number of seconds advances the clock.

Run it as `python moving_pool.py SETTINGS`. Like `cognito-async local`, it first prints a line of JSON with the endpoint
and the ids.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn

from cognito_async._local.settings.file import load_settings
from cognito_async.local import LocalApp, LocalService, LocalUserPool, MovableClock

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


class MovingApp:
    """The ASGI app of the pool, with an additional path for the pool's clock."""

    def __init__(self, service: LocalService, clock: MovableClock) -> None:
        self._pool, self._clock = LocalApp(service), clock

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["path"] != "/clock":
            await self._pool(scope, receive, send)
            return
        self._clock.advance(float((await receive())["body"]))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    pool, client = load_settings(Path(sys.argv[1]))
    local = LocalUserPool(replace(pool, issuer_endpoint=endpoint), client)
    # Clients can already connect: their connections wait in the listener's queue until the server accepts them.
    print(json.dumps({"endpoint": endpoint, "user_pool_id": pool.id, "client_id": client.id}), flush=True)
    config = uvicorn.Config(
        MovingApp(local.service, local.clock), log_config=None, ws="none", lifespan="off", date_header=False
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
