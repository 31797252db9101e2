"""Modules of the package that are imported when they are first used, because making models costs time."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class LazyModule(ModuleType):
    """Stands for a module of the package until something of it is used, and is then as good as that module."""

    def __getattr__(self, name: str) -> Any:
        load(self)
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        load(self)
        return dir(self)


def is_loaded(module: ModuleType) -> bool:
    """Whether using the module imports nothing any more."""
    return not isinstance(module, LazyModule)


def load(module: ModuleType) -> None:
    """Import a lazy module now: it reads files and computes for some ms, so in a worker thread where a loop runs."""
    vars(module).update(vars(import_module(module.__name__)))
    module.__class__ = ModuleType
