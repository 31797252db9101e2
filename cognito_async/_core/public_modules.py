"""Helpers of the public modules, for the names that they export from private ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def set_module(module: dict[str, Any], names: Iterable[str]) -> None:
    """Set the `__module__` of exported classes to the public module, so that users see where to import them from."""
    for name in names:
        if isinstance(module[name], type):
            module[name].__module__ = module["__name__"]


def lazy_attributes(module: dict[str, Any], sources: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module `__getattr__` that imports rarely used names on first access.

    `sources`: the module that defines each name, relative to the public module.
    """

    def get(name: str) -> Any:
        if name not in sources:
            raise AttributeError(f"module {module['__name__']!r} has no attribute {name!r}")
        module[name] = getattr(import_module(sources[name], module["__package__"]), name)
        set_module(module, (name,))
        return module[name]

    return get
