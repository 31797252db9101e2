"""Work that a cancelled caller cannot tear."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

T = TypeVar("T")


async def shielded(work: Callable[[], Awaitable[T]]) -> T:
    """Run work to its end, even if the caller is cancelled; the caller waits until then.

    The work runs in a child task, because an inline shield does not stop asyncio's own `task.cancel()`. What it
    raises is raised here, not wrapped in a group.
    """
    results: list[T] = []
    errors: list[Exception] = []

    async def run() -> None:
        with anyio.CancelScope(shield=True):
            try:
                results.append(await work())
            except Exception as error:  # noqa: BLE001 - raised below, where no group wraps it
                errors.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
    if errors:
        raise errors[0] from None
    return results[0]
