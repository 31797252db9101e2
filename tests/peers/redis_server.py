"""A real Redis on loopback that keeps nothing, and that can be stopped, started again, or made to hang."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Self

from .needs import needs_program
from .running import environment, free_port, listens

_SECONDS_TO_START = 10
_TRIES = 5


class RedisServer:
    """Started when it is entered, and ended by its own id."""

    def __init__(self, directory: Path, *options: str) -> None:
        needs_program("redis-server")
        self._directory = directory
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        for _ in range(_TRIES):
            self.port = free_port()  # Redis cannot choose one, so another process may have taken this one since
            if self.start():
                return self
        raise RuntimeError(f"Redis did not start: {(self._directory / 'log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> bool:
        """On the same port, with nothing in it."""
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
            time.sleep(0.02)  # another process: there is nothing of ours to wait for
        self.stop()
        return False

    def stop(self) -> None:
        """At once: nothing is kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """It accepts connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
