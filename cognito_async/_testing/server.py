"""A local pool, served by uvicorn in the background loop."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import anyio
import uvicorn
from anyio.abc import TaskStatus

from .._core.errors import ConfigurationError
from .._local.asgi import LocalApp
from .._local.listening import endpoint_of, listen
from .background import background_portal

# Seconds that the end of a server waits for handlers that are running.
_ENDING_SECONDS = 2.0


@contextmanager
def serving(app: LocalApp, host: str, port: int) -> Iterator[str]:
    """Serve an application, and yield the URL of the server.

    Raises:
        ConfigurationError: if nothing can listen there.
    """
    with _listener(host, port) as listener:
        server, portal = _Server(app), background_portal()
        running, _ = portal.start_task(server.run_until_end, listener)
        try:
            yield endpoint_of(host, listener.getsockname()[1])
        finally:
            portal.call(server.end)
            running.result()


def _listener(host: str, port: int) -> socket.socket:
    if not isinstance(cast("Any", host), str):
        raise ConfigurationError("host must be a str")
    try:
        return listen(host, port)
    except (OSError, UnicodeError, OverflowError, TypeError) as error:
        problem = type(error).__name__
    raise ConfigurationError(f"cannot listen on {host!r}, port {port!r}: {problem}")


class _Server(uvicorn.Server):
    """A server that reports when it is ready, and that ends at once.

    uvicorn's own server looks every tenth of a second whether to end, and then waits for its clients to disconnect.
    """

    _ready: TaskStatus[None]
    _ended: anyio.Event

    def __init__(self, app: LocalApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                ws="none",
                lifespan="off",
                server_header=False,
                date_header=False,  # the application sends the date of the pool's clock
            )
        )

    async def run_until_end(self, listener: socket.socket, *, task_status: TaskStatus[None]) -> None:
        self._ready, self._ended = task_status, anyio.Event()
        await self.serve(sockets=[listener])

    def end(self) -> None:
        self._ended.set()

    async def main_loop(self) -> None:
        self._ready.started()
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # the handler of a request without a reply waits for this
        with anyio.move_on_after(_ENDING_SECONDS):
            while self.server_state.tasks:  # noqa: ASYNC110 - uvicorn offers no event
                await anyio.sleep(0.001)
