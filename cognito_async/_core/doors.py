"""What a public module does with the names that it exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def set_module(door: dict[str, Any], names: Iterable[str]) -> None:
    """Let classes show where they are imported from, not where they are written."""
    for name in names:
        if isinstance(door[name], type):
            door[name].__module__ = door["__name__"]


def lazy_attributes(door: dict[str, Any], homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a door for names that most programs do without: each is imported when it is asked for.

    `homes` says where each is written, relative to the door.
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {door['__name__']!r} has no attribute {name!r}")
        door[name] = getattr(import_module(homes[name], door["__package__"]), name)
        set_module(door, (name,))
        return door[name]

    return get
