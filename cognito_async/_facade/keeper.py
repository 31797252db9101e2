"""Keeps the sessions and devices of one `Auth` in its store, and knows who its current user is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from .._ground.clock import Clock
from .._ground.errors import CallTimeout, ConfigurationError
from .._tokens.device import DeviceSecret
from .._tokens.store import TokenStore, record_key

if TYPE_CHECKING:
    from .signed_in import SignedIn
    from .user import CognitoUser

_METHODS = ("load", "save", "delete", "lock")
# Store work is done under a shield, so a store that hangs must not hang its caller for ever.
_STORE_SECONDS = 10.0


class Keeper:
    """Session records under the user's canonical name, and one record that names the current user.

    All of it is done in the one lock of the current user's record, so that a sign-in, a refresh and a sign-out
    that meet leave memory and store with the same user. Device records are not touched by a sign-out.
    """

    def __init__(self, store: TokenStore, binding: tuple[str, str], clock: Clock) -> None:
        missing = [name for name in _METHODS if not callable(getattr(store, name, None))]
        if missing:
            raise ConfigurationError(f"store= lacks {', '.join(missing)}: see TokenStore for what a store must have")
        self._store = store
        self._binding = binding
        self._clock = clock
        self._current_key = record_key("current", binding)
        self._current: CognitoUser | None = None
        self._live: WeakValueDictionary[str, CognitoUser] = WeakValueDictionary()

    async def signed_in(self, user: CognitoUser) -> None:
        """Make this the current user, here and in the store."""
        async with self._turn():
            await self._store.save(self._session_key(user.username), user.to_state())
            await self._store.save(self._current_key, user.username)
            self._own(user)

    async def save(self, user: SignedIn) -> None:
        """Write the user's session as it is now, unless it has ended or been replaced meanwhile."""
        async with self._turn():
            if user.signed_in and self._live.get(user.username) is user:
                await self._store.save(self._session_key(user.username), user.to_state())

    async def forget(self, user: SignedIn) -> None:
        """Remove the user's session, unless a newer one has replaced it; nobody is current then, if this user was."""
        async with self._turn():
            if self._live.get(user.username) is user:
                await self._store.delete(self._session_key(user.username))
                named = await self._store.load(self._current_key)
                if named is not None and named.text == user.username:
                    await self._store.delete(self._current_key)
            self._current = None if self._current is user else self._current

    async def current(self, restore: Callable[[str], CognitoUser]) -> CognitoUser | None:
        """The current user from memory, or made of the stored state; `None` if nobody is signed in."""
        if self._current is not None and self._current.signed_in:
            return self._current
        async with self._turn():
            if self._current is not None:  # signed in meanwhile, or just signing out
                return self._current if self._current.signed_in else None
            named = await self._store.load(self._current_key)
            record = await self._store.load(self._session_key(named.text)) if named is not None else None
            if record is None:
                return None
            user = restore(record.text)
            user._device = await self._load_device(user.username)
            self._own(user)
            return user

    async def device(self, username: str) -> DeviceSecret | None:
        """What this program is to a user, by the canonical name or one that the user has typed here."""
        async with self._turn():
            return await self._load_device(username)

    async def keep_device(self, device: DeviceSecret, typed: str | None) -> None:
        """Keep it under the canonical name; the one typed leads there, because a password may have to be sent
        before the service has told the other.
        """
        async with self._turn():
            kept = await self._read_device(device.username)
            aliases = known = kept.aliases if kept is not None else ()
            if typed is not None and typed not in (device.username, *known):
                await self._store.save(self._alias_key(typed), device.username)
                aliases = (*known, typed)
            if kept is None or kept.key != device.key or aliases != known:
                await self._store.save(self._device_key(device.username), device.with_aliases(aliases).to_state())

    async def forget_device(self, username: str, key: str | None = None) -> None:
        """Forget the user's device with the aliases that lead to it; one with another key stays."""
        async with self._turn():
            device = await self._read_device(username)
            if key is not None and (device is None or device.key != key):
                return
            await self._store.delete(self._device_key(username))
            for alias in device.aliases if device is not None else ():
                leads_to = await self._store.load(self._alias_key(alias))
                if leads_to is not None and leads_to.text == username:  # it may be another's by now
                    await self._store.delete(self._alias_key(alias))

    async def _load_device(self, username: str) -> DeviceSecret | None:
        device = await self._read_device(username)
        if device is None and (leads_to := await self._store.load(self._alias_key(username))) is not None:
            device = await self._read_device(leads_to.text)
        return device

    async def _read_device(self, username: str) -> DeviceSecret | None:
        record = await self._store.load(self._device_key(username))
        if record is not None:
            with suppress(ConfigurationError):  # a damaged record is none: the device is simply made anew
                return DeviceSecret.from_state(record.text, self._binding)
        return None

    def _own(self, user: CognitoUser) -> None:
        self._current = user
        self._live[user.username] = user

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        with self._clock.move_on_after(_STORE_SECONDS) as scope:
            async with self._store.lock(self._current_key):
                yield
        if scope.cancelled_caught:
            raise CallTimeout(f"the store did not answer within {_STORE_SECONDS:.0f} seconds")

    def _device_key(self, username: str) -> str:
        return record_key("device", self._binding, username)

    def _alias_key(self, alias: str) -> str:
        return record_key("alias", self._binding, alias)

    def _session_key(self, username: str) -> str:
        return record_key("session", self._binding, username)
