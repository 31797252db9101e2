"""The source of a store's key, such as a keyring."""

from __future__ import annotations

from typing import Protocol


class KeySource(Protocol):
    """An object that finds or makes the key of a `FileStore`, for its argument `key=`. Both methods may block."""

    def read(self) -> str | None:
        """Return the key, or `None` if there is none."""
        ...

    def make(self) -> str:
        """Return the key. If there is none, make one and save it."""
        ...
