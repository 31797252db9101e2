"""Functions that run the program in another process, and serve a local pool there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CODE = "864209"
PATIENCE = 60


def environment(**changes: str) -> dict[str, str]:
    """Return the test's environment, changed so that this package can be imported."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def process(*arguments: str, without: Sequence[str] = (), **changes: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m cognito_async` without a terminal, and wait until it ends.

    Args:
        without: modules that the program cannot import.
        changes: environment variables to set.
    """
    command = [sys.executable, "-m", "cognito_async", *arguments]
    if without:
        blocked = "".join(f"sys.modules[{name!r}] = None; " for name in without)
        command[1:3] = ["-c", f"import sys; {blocked}from cognito_async.__main__ import main; main()"]
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONUTF8="1", **changes),
        timeout=PATIENCE,
        check=False,
    )


class Served:
    """A local pool in another process."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.process = running
        assert running.stdout is not None
        self.first_line = running.stdout.readline()
        self.settings: dict[str, Any] = json.loads(self.first_line)
        self.endpoint: str = self.settings["endpoint"]

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment variables with which the program uses this pool."""
        return {
            "COGNITO_ENDPOINT": self.endpoint,
            "COGNITO_USER_POOL_ID": self.settings["user_pool_id"],
            "COGNITO_CLIENT_ID": self.settings["client_id"],
        }


@contextmanager
def serve(*options: str, **changes: str) -> Iterator[Served]:
    """Start `cognito-async local`, and wait for the first line, which says that it is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "cognito_async", "local", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONUTF8="1", **changes),
    ) as running:
        # A server that never prints its first line must not block the tests.
        watchdog = threading.Timer(PATIENCE, running.kill)
        watchdog.start()
        try:
            served = Served(running)
            watchdog.cancel()
            yield served
        finally:
            watchdog.cancel()
            running.terminate()
            running.wait()
