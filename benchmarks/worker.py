"""Shared code of the workloads.

Each workload runs in a fresh process, and prints its figures as one JSON object:
`python -m benchmarks.WORKLOAD CONTENDER SIZE [NAME=VALUE ...]`
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, NoReturn

# The packages of the extra `fast`. Our package is the contender "fast" with them, and "default" without them.
FAST = ("gmpy2", "httptools")
# The size of a batch of short functions. A clock of CPU time takes too long to be read for each of them.
BATCH = 200
USERNAME, PASSWORD = "alice", "Passw0rd!"
POOL_ID, CLIENT_ID = "eu-central-1_AbCdEfGhI", "1example23456789abcdefghij"
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

Figures = dict[str, float]


@dataclass(frozen=True)
class Arguments:
    """The command line of a workload.

    Args:
        contender: the library to measure, in one configuration.
        size: the amount of work, in the unit that the workload's function `measure` names.
        options: the arguments of the form `NAME=VALUE`, such as the endpoint of the server.
    """

    contender: str
    size: float
    options: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.options[name]


def run(workload: Callable[[Arguments], Figures]) -> None:
    """Read the command line, run the workload, and print its figures or the name of a missing package."""
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
    """Run an async workload as `run` does. The option `backend` is asyncio (the default) or trio."""
    import anyio

    run(lambda arguments: anyio.run(workload, arguments, backend=arguments.options.get("backend", "asyncio")))


def end_process(figures: Figures) -> NoReturn:
    """Print the figures and end the process immediately, even with calls in progress."""
    print(json.dumps(figures), flush=True)
    os._exit(0)


def choose(contender: str) -> None:
    """Hide the packages of the extra `fast` from the contender "default". For "fast", import them.

    If one of them is not installed, this import fails, and the benchmark reports the package as missing. For other
    contenders, nothing is done.
    """
    for name in FAST:
        if contender == "default":
            sys.modules[name] = None  # type: ignore[assignment]  # makes each import of the package fail
        elif contender == "fast":
            importlib.import_module(name)


async def cpu_of_each(uses: Mapping[str, Callable[[], Any]], batches: int) -> Figures:
    """Return the CPU seconds of short functions, sync or async: the median of batches.

    The batches of the functions alternate, so that a busy moment of the machine does not affect only one of them. One
    more batch of each comes first, to warm up.
    """
    seconds: dict[str, list[float]] = {name: [] for name in uses}
    for _ in range(batches + 1):
        for name, use in uses.items():
            if inspect.iscoroutinefunction(use):
                before = time.process_time()
                for _ in range(BATCH):
                    await use()
            else:
                before = time.process_time()
                for _ in range(BATCH):
                    use()
            seconds[name].append((time.process_time() - before) / BATCH)
    return {name: median(each[1:]) for name, each in seconds.items()}


def our_pool(arguments: Arguments) -> Any:
    """Return our client for the server's user pool. It has no timeout, because thousands of sign-ins queue in it."""
    from cognito_async import UserPool

    return UserPool(arguments["pool_id"], arguments["client_id"], endpoint=arguments["endpoint"], timeout=None)


def memory(field: str) -> int:
    """Return the memory of this process, in bytes. Linux only.

    Args:
        field: `VmRSS` for the present memory, `VmHWM` for the highest so far.
    """
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))
