"""Values of event loops, for the tests of `PerLoop`."""

from __future__ import annotations

from typing import Any

import anyio

from cognito_async._core.concurrency.event_loop import running_loop
from cognito_async._core.concurrency.per_loop import LoopResource, PerLoop


class Value(LoopResource):
    """A value that refers to its event loop, as a connection does, and notes what happens to it."""

    def __init__(self) -> None:
        self.ended = ""
        self.loop = running_loop()

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.ended = "closed"

    def drop(self) -> None:
        self.ended = "dropped"


class Plain:
    """A value that refers to its event loop and holds no files."""

    def __init__(self) -> None:
        self.loop = running_loop()


async def value_of(owner: PerLoop[Any]) -> Any:
    return owner.get()
