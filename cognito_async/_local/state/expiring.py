"""Tables whose entries expire. Adding entries deletes expired ones, so no background task is needed."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

_PRUNE_INTERVAL = 1000


class Expiring(Protocol):
    """An entry that can be deleted once it has expired."""

    def has_expired(self, now: datetime) -> bool: ...


_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry", bound=Expiring)


def add_expiring(table: dict[_Key, _Entry], key: _Key, entry: _Entry, now: datetime) -> None:
    """Add an entry. Before the table grows to a multiple of 1,000 entries, delete the expired ones."""
    if len(table) % _PRUNE_INTERVAL == _PRUNE_INTERVAL - 1:
        for old in [each for each, entry in table.items() if entry.has_expired(now)]:
            del table[old]
    table[key] = entry
