"""A real Redis on loopback, which tests can stop, restart and suspend. This module also has a client and a proxy."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import anyio
import pytest

from .needs import needs_program
from .running import environment, free_port, listens, module

_SECONDS_TO_START = 10
_ATTEMPTS = 5


# coredis leaves the streams of a failed connection to the garbage collector.
MARKS = [
    pytest.mark.peer,
    pytest.mark.anyio,
    pytest.mark.usefixtures("collect_garbage"),
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]


class RedisServer:
    """A Redis process without persistence. It runs while the context is open."""

    def __init__(self, directory: Path, *options: str) -> None:
        needs_program("redis-server")
        self._directory = directory
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        for _ in range(_ATTEMPTS):
            self.port = free_port()  # Redis cannot choose a port itself, and another process may take this one first
            if self.start():
                return self
        raise RuntimeError(f"Redis did not start: {(self._directory / 'log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> bool:
        """Start Redis on the same port as before, without data, and return whether it runs."""
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._directory)]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--save", "", "--appendonly", "no", *self._options],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        ends = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < ends and self._process.poll() is None:
            if listens(self.port):
                time.sleep(0.02)
                return self._process.poll() is None
            time.sleep(0.02)  # poll, because the server does not report when it is ready
        self.stop()
        return False

    def stop(self) -> None:
        """Kill Redis. Its data is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Suspend Redis. It then accepts connections, but sends no replies."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def client(port: int, **options: Any) -> AsyncGenerator[Any]:
    """Open a Redis client with the settings that the documentation recommends for a store whose timeout is 1 second."""
    settings: dict[str, Any] = {"connect_timeout": 0.2, "stream_timeout": 0.2, **options}
    async with module("coredis").Redis(host="127.0.0.1", port=port, **settings) as made:
        yield made


class Proxy:
    """A TCP proxy in front of a server. After `cut`, its present connections stay open, but no data passes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: list[list[bool]] = []

    def cut(self) -> None:
        for state in self._open:
            state[0] = False

    async def serve(self, stream: anyio.abc.ByteStream) -> None:
        self._open.append(state := [True])
        server = await anyio.connect_tcp("127.0.0.1", self._port)
        async with stream, server, anyio.create_task_group() as group:
            group.start_soon(self._pass, stream, server, state)
            group.start_soon(self._pass, server, stream, state)

    async def _pass(self, source: anyio.abc.ByteStream, sink: anyio.abc.ByteStream, state: list[bool]) -> None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async for data in source:
                if state[0]:
                    await sink.send(data)
            await sink.aclose()
