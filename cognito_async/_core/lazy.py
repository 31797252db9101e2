"""Modules of the package that are imported on first use, because importing and building models takes time."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

import anyio
from anyio.to_thread import run_sync

from .clock import Deadline
from .concurrency.guard import BlockingLock
from .concurrency.per_loop import PerLoop
from .errors import CallTimeout


class LazyModule(ModuleType):
    """A placeholder that imports its module on first attribute access and becomes it."""

    def __getattr__(self, name: str) -> Any:
        load(self)
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        load(self)
        return dir(self)


def is_loaded(module: ModuleType) -> bool:
    """Return whether the module has already been imported."""
    return not isinstance(module, LazyModule)


def load(module: ModuleType) -> None:
    """Import a lazy module now. This blocks for some milliseconds. On an event loop, use `preload` instead."""
    vars(module).update(vars(import_module(module.__name__)))
    module.__class__ = ModuleType


# The threads of several event loops, or of calls that timed out, wait for each other.
_building = BlockingLock()
# With this lock, calls that start together import the modules in one thread. The lambda delays anyio's import of its
# locks until the first call.
_locks: PerLoop[anyio.Lock] = PerLoop(lambda: anyio.Lock())  # noqa: PLW0108


async def preload(modules: Iterable[ModuleType], deadline: Deadline) -> None:
    """Import lazy modules and build their models in a worker thread, so that the event loop is not blocked.

    Raises:
        CallTimeout: if the deadline passes first.
    """
    missing = [module for module in modules if not is_loaded(module)]
    if not missing:
        return
    with deadline.scope() as scope:
        async with _locks.get():
            await run_sync(_load_all, missing, abandon_on_cancel=True)
    if scope.cancelled_caught:
        raise CallTimeout("timed out while loading the operation; nothing was sent")


def _load_all(modules: list[ModuleType]) -> None:
    from .model import build  # noqa: PLC0415 - in the worker thread, because it imports pydantic

    with _building:
        for module in modules:
            if not is_loaded(module):
                build(import_module(module.__name__))
                load(module)  # last, because other calls then use the module without waiting
