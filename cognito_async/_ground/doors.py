"""What a public module does to the names that it exports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def claim(door: dict[str, Any], names: Iterable[str]) -> None:
    """Let classes show where they are imported from, not where they are written."""
    for name in names:
        if isinstance(door[name], type):
            door[name].__module__ = door["__name__"]
