"""Modules for packages of others, each under the name of its package; each needs the extra of that name."""

from __future__ import annotations

__all__: list[str] = []


def __dir__() -> list[str]:
    return sorted(__all__)
