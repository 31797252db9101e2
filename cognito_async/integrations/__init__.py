"""Integrations with other packages. Each module except `httpx` needs the extra that has its name."""

from __future__ import annotations

__all__: list[str] = []


def __dir__() -> list[str]:
    return sorted(__all__)
