"""Keeps the sessions of one `Auth` in its store, and knows who its current user is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._tokens.store import TokenStore, record_key

if TYPE_CHECKING:
    from .user import CognitoUser


class Keeper:
    """Session records under the user's canonical name, and one record that names the current user.

    Device records have keys of their own and are not touched by a sign-out.
    """

    def __init__(self, store: TokenStore, binding: tuple[str, str]) -> None:
        self._store = store
        self._binding = binding
        self._current_key = record_key("current", binding)
        self.current: CognitoUser | None = None

    async def signed_in(self, user: CognitoUser) -> None:
        """Make this the current user, here and in the store."""
        self.current = user
        async with self._store.lock(self._current_key):
            await self.save(user)
            await self._store.save(self._current_key, user.username)

    async def save(self, user: CognitoUser) -> None:
        """Write the user's session as it is now."""
        await self._store.save(self._session_key(user.username), user.to_state())

    async def forget(self, user: CognitoUser) -> None:
        """Remove the user's session; nobody is the current user then, if it was this one."""
        if self.current is user:
            self.current = None
        async with self._store.lock(self._current_key):
            await self._store.delete(self._session_key(user.username))
            named = await self._store.load(self._current_key)
            if named is not None and named.text == user.username:
                await self._store.delete(self._current_key)

    async def load(self) -> str | None:
        """The stored state of the current user's session, or `None`."""
        named = await self._store.load(self._current_key)
        record = await self._store.load(self._session_key(named.text)) if named is not None else None
        return record.text if record is not None else None

    def _session_key(self, username: str) -> str:
        return record_key("session", self._binding, username)
