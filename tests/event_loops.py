"""The ways in which programs run event loops and end them."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import trio

# Older anyio (4.5, but not 4.16) holds each loop of asyncio that has used a worker thread.
OLD_ANYIO = tuple(map(int, version("anyio").split(".")[:2])) < (4, 16)
Work = Callable[..., Awaitable[Any]]


def _run_with_runner(work: Work, *arguments: Any) -> Any:
    with asyncio.Runner() as runner:
        return runner.run(work(*arguments))  # type: ignore[arg-type]


def _run_and_close_generators(work: Work, *arguments: Any) -> Any:
    loop = asyncio.new_event_loop()
    result = loop.run_until_complete(work(*arguments))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    return result


def run_and_close_by_hand(work: Work, *arguments: Any) -> Any:
    """Run an async function on a new loop, and close the loop without any clean-up."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work(*arguments))
    finally:
        loop.close()


# Each runs an async function with arguments on a new event loop, and ends the loop in the proper way.
RUNNERS: dict[str, Callable[..., Any]] = {
    "asyncio.run": lambda work, *arguments: asyncio.run(work(*arguments)),
    "asyncio.run in debug mode": lambda work, *arguments: asyncio.run(work(*arguments), debug=True),
    "asyncio.Runner": _run_with_runner,
    "shutdown_asyncgens": _run_and_close_generators,
    "anyio on asyncio": anyio.run,
    "trio.run": trio.run,
}


class Left(NamedTuple):
    """The files, threads and objects of this process."""

    files: int
    threads: int
    objects: int

    def assert_flat(self, before: Left, runs: int) -> None:
        """Assert that these runs have left no file, no thread, and less than one object each."""
        assert self.files <= before.files, (self, before)
        assert self.threads <= before.threads, (self, before)
        assert OLD_ANYIO or self.objects < before.objects + runs, (self, before)


# The packages whose objects are counted. A tool that measures coverage holds further objects.
_PACKAGES = {
    "_asyncio",
    "_ssl",
    "anyio",
    "asyncio",
    "cognito_async",
    "h11",
    "httpcore",
    "httptools",
    "socket",
    "ssl",
    "trio",
}


def what_is_left() -> Left:
    """Return what is left of the event loops that have ended."""
    collect()
    files = Path("/proc/self/fd")
    objects = sum(str(type(thing).__module__).partition(".")[0] in _PACKAGES for thing in gc.get_objects())
    return Left(len(os.listdir(files)) if files.exists() else 0, threading.active_count(), objects)


def collect() -> None:
    """Collect garbage after the threads of ended loops have ended, because such a thread refers to its loop."""
    for thread in threading.enumerate():
        if thread.name == "AnyIO worker thread":
            thread.join(10)
    gc.collect()
