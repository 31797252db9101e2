"""The ways in which programs run event loops and end them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import trio

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
