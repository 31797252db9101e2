"""The records of one `Auth` in its store: under which keys they are, and how long the store may take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from .._core.clock import Clock
from .._core.errors import ConfigurationError, StoreError
from .._core.redact import mask
from .._stores.store import Record, RecordKind, TokenStore, record_key

_METHODS = ("load", "save", "delete", "lock")
# Store work is done under a shield, so a store that hangs must not hang its caller for ever.
_STORE_SECONDS = 10.0


class Records:
    """A store as one user pool, app client and namespace see it.

    Raises:
        ConfigurationError: when the object given as a store is none.
    """

    def __init__(self, store: TokenStore, binding: tuple[str, str], namespace: str | None, clock: Clock) -> None:
        missing = [name for name in _METHODS if not callable(getattr(store, name, None))]
        if missing:
            raise ConfigurationError(f"store= lacks {', '.join(missing)}: see TokenStore for what a store must have")
        self._store = store
        self._namespace = namespace
        self._clock = clock
        self.binding = binding

    def are(self, other: Records) -> bool:
        """Whether the other object means the same records."""
        return (self._store, self._namespace, self.binding) == (other._store, other._namespace, other.binding)

    async def load(self, kind: RecordKind, username: str = "") -> Record | None:
        """The record, or `None`."""
        return await self._store.load(self._key(kind, username))

    async def save(self, kind: RecordKind, text: str, username: str = "", *, expected: int | None = None) -> int | None:
        """Write the record, if it is at `expected`: see `TokenStore.save`."""
        text = mask(text)
        return await self._store.save(self._key(kind, username), str(text), expected=expected)  # it may pickle a str

    async def delete(self, kind: RecordKind, username: str = "") -> None:
        """Forget the record."""
        await self._store.delete(self._key(kind, username))

    def renewing(self, username: str) -> AbstractAsyncContextManager[None]:
        """Held while a user's session is renewed or ended, by whichever process does it; waited for without limit."""
        return self._store.lock(self._key("session", username))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Held around every change, so that a sign-in, a renewal and a sign-out that meet leave one story."""
        with self.limited():
            async with self._store.lock(self._key("users", "")):
                yield

    @contextmanager
    def limited(self) -> Generator[None]:
        """The store answers within ten seconds, or has failed."""
        with self._clock.move_on_after(_STORE_SECONDS) as scope:
            yield
        if scope.cancelled_caught:
            raise StoreError(f"the store did not answer within {_STORE_SECONDS:.0f} seconds")

    def _key(self, kind: RecordKind, username: str) -> str:
        return record_key(kind, self.binding, username, self._namespace)
