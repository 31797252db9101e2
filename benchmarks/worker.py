"""What all workloads share: each is a process of its own, not warmed by another, and prints one JSON object.

`python -m benchmarks.WORKLOAD CONTENDER SIZE [NAME=VALUE ...]`
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn

# What the extra `fast` brings. Contender "default" is our package without them, "fast" is it with them.
FAST = ("gmpy2", "httptools")
USERNAME, PASSWORD = "alice", "Passw0rd!"
POOL_ID, CLIENT_ID = "eu-central-1_AbCdEfGhI", "1example23456789abcdefghij"
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

Figures = dict[str, float]


@dataclass(frozen=True)
class Arguments:
    """Whom to measure, how much of it (the workload says of what), and what else it must know."""

    contender: str
    size: float
    options: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.options[name]


def run(workload: Callable[[Arguments], Figures]) -> None:
    """Be a workload: read the command line, measure, and print the figures, or which package is missing."""
    contender, size, *options = sys.argv[1:]
    arguments = Arguments(contender, float(size), dict(option.split("=", 1) for option in options))
    printed: dict[str, Any]
    try:
        choose(contender)
        printed = dict(workload(arguments))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "benchmarks", "cognito_async"):
            raise
        printed = {"missing": package}
    print(json.dumps(printed))


def run_async(workload: Callable[[Arguments], Awaitable[Figures]]) -> None:
    """The same for a workload that is a coroutine; the option `backend` says on what."""
    import anyio

    run(lambda arguments: anyio.run(workload, arguments, backend=arguments.options.get("backend", "asyncio")))


def end_process(figures: Figures) -> NoReturn:
    """Print the figures and end at once, whatever is under way."""
    print(json.dumps(figures), flush=True)
    os._exit(0)


def choose(contender: str) -> None:
    """Hide the packages of `fast` from the contender "default", and see to it that "fast" has them."""
    for name in FAST:
        if contender == "default":
            sys.modules[name] = None  # type: ignore[assignment]  # how an import is made to fail
        elif contender == "fast":
            importlib.import_module(name)


def our_pool(arguments: Arguments) -> Any:
    """Our client of a served pool, without a limit of time: a crowd waits for its turn."""
    from cognito_async import UserPool

    return UserPool(arguments["pool_id"], arguments["client_id"], endpoint=arguments["endpoint"], timeout=None)


def memory(field: str) -> int:
    """Bytes of memory of this process: `VmRSS` now, `VmHWM` at most so far. Linux tells."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))
