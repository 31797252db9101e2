"""Work that always completes, even if its caller is cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

T = TypeVar("T")


async def shielded(work: Callable[[], Awaitable[T]]) -> T:
    """Run work to completion, even if the caller is cancelled. The caller waits for it.

    The work runs in a child task, because a shield in the caller's own task does not stop asyncio's `task.cancel()`. An
    error of the work is raised directly, not wrapped in an exception group.
    """
    results: list[T] = []
    errors: list[Exception] = []

    async def run() -> None:
        with anyio.CancelScope(shield=True):
            try:
                results.append(await work())
            except Exception as error:  # noqa: BLE001 - raised below, outside of the group
                errors.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
    if errors:
        raise errors.pop() from None  # without `pop`, the error and this frame would form a reference cycle
    return results[0]
