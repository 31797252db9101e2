"""The records of one `Auth` in its store: their keys, their lock, and a time limit for the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from .._core.clock import Clock
from .._core.errors import ConfigurationError, StoreError
from .._core.secret import Text, opened
from .._stores.store import Record, RecordKind, TokenStore, record_key

_METHODS = ("load", "save", "delete", "lock")
# Seconds that a store call may take. Some calls run under a shield, which no cancellation reaches: without this limit,
# they would wait for ever for a store that hangs.
_STORE_SECONDS = 10.0


class StoreView:
    """The part of a store that belongs to one user pool, app client and namespace.

    Raises:
        ConfigurationError: if the object given as a store lacks a method.
    """

    def __init__(self, store: TokenStore, binding: tuple[str, str], namespace: str | None, clock: Clock) -> None:
        missing = [name for name in _METHODS if not callable(getattr(store, name, None))]
        if missing:
            raise ConfigurationError(f"store= lacks {', '.join(missing)}: it must have the methods of TokenStore")
        self.store = store
        self.binding = binding
        self._namespace = namespace
        self._clock = clock

    def is_same_as(self, other: StoreView) -> bool:
        """Return whether the other view uses the same records."""
        return (self.store, self._namespace, self.binding) == (other.store, other._namespace, other.binding)

    async def load(self, kind: RecordKind, username: str = "") -> Record | None:
        """Return the record, or `None`."""
        return await self.store.load(self._key(kind, username))

    async def save(
        self, kind: RecordKind, text: Text, username: str = "", *, expected: int | None = None
    ) -> int | None:
        """Write the record if its version is `expected`: see `TokenStore.save`."""
        return await self.store.save(self._key(kind, username), opened(text), expected=expected)

    async def delete(self, kind: RecordKind, username: str = "") -> None:
        """Delete the record."""
        await self.store.delete(self._key(kind, username))

    def session_lock(self, username: str) -> AbstractAsyncContextManager[None]:
        """Return the lock for refreshing or ending a user's session. Waiting for it has no time limit."""
        return self.store.lock(self._key("session", username))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Lock the store for a change of users, sessions or devices, so that concurrent changes stay consistent."""
        with self.time_limit():
            async with self.store.lock(self._key("users", "")):
                yield

    @contextmanager
    def time_limit(self) -> Generator[None]:
        """Cancel the block after ten seconds, and raise `StoreError`."""
        with self._clock.move_on_after(_STORE_SECONDS) as scope:
            yield
        if scope.cancelled_caught:
            raise StoreError(f"the store did not answer within {_STORE_SECONDS:.0f} seconds")

    def _key(self, kind: RecordKind, username: str) -> str:
        return record_key(kind, self.binding, username, self._namespace)
