"""Functions that run the servers, and that skip tests whose peer is not installed."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest

from cognito_async import UserPool

HERE = Path(__file__).parent
_SECONDS_TO_START = 30
_SECONDS_TO_END = 10
T = TypeVar("T")
# For each server, by the name of its fixture: a function that returns the end of its output so far.
WRITTEN: dict[str, Callable[[], str]] = {}


@dataclass(frozen=True, slots=True)
class AppClient:
    """An app client of a user pool on any of the servers."""

    endpoint: str
    user_pool_id: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)

    @property
    def region(self) -> str:
        return self.user_pool_id.partition("_")[0]

    def pool(self, **options: Any) -> UserPool:
        """Return our client for this app client."""
        return UserPool(
            self.user_pool_id, self.client_id, client_secret=self.client_secret, endpoint=self.endpoint, **options
        )


def missing(peer: str) -> None:
    """Skip the test, or fail it if peers are required."""
    reason = f"{peer} is not installed: see tests/peers/README.md"
    if os.environ.get("CI") == "true" or os.environ.get("PEERS_REQUIRED") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def module(name: str) -> ModuleType:
    """Import a peer that is a Python package.

    Tests import peers with this function, so that pytest can collect the tests without them.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        missing(name)
        raise


def server_command(name: str) -> str:
    """Return the path of the program of a server that is written in Python."""
    path = HERE / ".venv" / ("Scripts" if sys.platform == "win32" else "bin") / name
    if not path.exists():
        missing(name)
    return str(path)


def node(script: Path | str, *, package: str) -> list[str]:
    """Return the command that runs a script with Node. If Node or the npm package is missing, skip the test."""
    executable = shutil.which("node")
    if executable is None:
        missing("Node")
    if not (HERE / "node_modules" / package).is_dir():
        missing(package)
    return [str(executable), str(script)]


def environment(**settings: str) -> dict[str, str]:
    """Return the environment for a peer: ours with these settings, without variables for AWS, Cognito and proxies."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "COGNITO_")) and not name.lower().endswith("_proxy")
    }
    return {**inherited, **settings}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    name: str, command: Sequence[str], settings: Mapping[str, str], directory: Path, ready: Callable[[str], T | None]
) -> Iterator[T]:
    """Run a server until the block ends. Yield the result of `ready`.

    Args:
        name: the name of the server's fixture.
        settings: environment variables for the server.
        directory: the working directory of the server. Its output is written there.
        ready: called repeatedly with the server's stdout so far, until it returns something other than `None`.
    """
    out, err = directory / "stdout", directory / "stderr"
    WRITTEN[name] = lambda: "\n".join(path.read_text(errors="replace")[-2000:] for path in (out, err))
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment(HOME=str(directory), TMPDIR=str(directory), PYTHONUNBUFFERED="1", **settings),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
    try:
        yield _wait(name, process, lambda: ready(out.read_text(errors="replace")))
    finally:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_SECONDS_TO_END)


def listens(port: int) -> bool | None:
    with socket.socket() as probe:
        probe.settimeout(1)
        return True if probe.connect_ex(("127.0.0.1", port)) == 0 else None


def _wait(name: str, process: subprocess.Popen[bytes], ready: Callable[[], T | None]) -> T:
    ends = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < ends and process.poll() is None:
        found = ready()
        if found is not None:
            return found
        time.sleep(0.05)  # poll, because the server does not report when it is ready
    raise RuntimeError(f"{name} did not start, exit status {process.poll()}:\n{WRITTEN[name]()}")
