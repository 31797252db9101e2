"""A place that keeps the key of a store, such as a keyring."""

from __future__ import annotations

from typing import Protocol


class KeySource(Protocol):
    """What `FileStore` takes as `key=` besides a key: an object that finds or makes it. Both methods may block."""

    def read(self) -> str | None:
        """Return the key, or `None` if there is none."""
        ...

    def make(self) -> str:
        """Return the key; make and keep one if there is none."""
        ...
