"""Keeps the sessions of one `Auth` in its store, and knows who its current user is."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import anyio

from .._core.clock import Clock
from .._core.redact import mask
from .._core.value_class import record
from .._facade.events import Events
from .._stores.store import TokenStore
from .._tokens import states
from . import signed_in_users as people
from .device_registry import DeviceKeeper
from .store_view import Records

if TYPE_CHECKING:
    from .._facade.user.signed_in import SignedIn
    from .._facade.user.user import CognitoUser
    from .._tokens.tokens import Tokens

# A store that comes back within these waits loses no tokens; together with the writes the store's limit holds.
_WAITS = (0.2, 0.5, 1.0, 2.0)


@record
class Kept:
    """A session as it is in the store."""

    state: states.UserState
    version: int

    @property
    def tokens(self) -> Tokens:
        """Its tokens."""
        return self.state.tokens

    def is_behind(self, user: SignedIn) -> bool:
        """Whether these are the tokens that the user's should have replaced, and could not."""
        return user._unsaved is not None and user._unsaved.access_token == self.tokens.access_token


class Keeper:
    """Session records under each user's canonical name, and one record that names the users.

    Whoever is signed in here and newest under a name is the one whose session is kept (`owns`); an older object of
    the same name goes on by itself.
    """

    def __init__(self, store: TokenStore, binding: tuple[str, str], clock: Clock, namespace: str | None) -> None:
        self.records = records = Records(store, binding, namespace, clock)
        self.devices = DeviceKeeper(records)
        self.events = Events(clock)
        self._clock = clock
        self._current: CognitoUser | None = None
        self._live: WeakValueDictionary[str, CognitoUser] = WeakValueDictionary()

    def owns(self, user: SignedIn) -> bool:
        """Whether it is this object's session that is kept under its name."""
        return self._live.get(user.username) is user

    @property
    def unfinished(self) -> CognitoUser | None:
        """The current user, if a sign-out has ended the session and could not remove it from the store."""
        return None if self._current is None or self._current.signed_in else self._current

    def is_kept_with(self, other: Keeper | None) -> bool:
        """Whether the other one keeps its sessions in the same place."""
        return other is not None and (other is self or other.records.are(self.records))

    async def signed_in(self, user: CognitoUser) -> None:
        """Make this the current user, here and in the store."""
        async with self.records.turn():
            # The names first: a name without a session is nobody, a session that failed here would be found.
            await self._write((await self._people()).entering(user.username))
            with self._in_the_place_of_older(user):
                await self.records.save("session", user.to_state(), user.username)
            self._current = user

    async def save(self, user: SignedIn) -> None:
        """Write the user's session as it is now over what is behind it, unless the store has something else by now."""
        async with self.records.turn():
            kept = await self.kept(user.username)
            if kept is not None and kept.is_behind(user) and user.signed_in and self.owns(user):
                await self.records.save("session", user.to_state(), user.username, expected=kept.version)

    async def kept(self, username: str) -> Kept | None:
        """The session in the store, which another process may have renewed or ended; `None` if there is none."""
        with self.records.limited():
            record = await self.records.load("session", username)
        return None if record is None else Kept(self._read(record.text), record.version)

    async def replace(self, old: Kept, tokens: Tokens) -> bool:
        """Write the tokens that a session has now, tried patiently; `False` if the record is not what it was.

        Under a shield: the service has given these tokens out, and perhaps spent the old ones.
        """
        state = old.state.model_copy(update={"tokens": tokens})
        text = mask(states.pack(state, self.records.binding, None))
        is_replaced = False
        with anyio.CancelScope(shield=True), self.records.limited():
            is_replaced = await self._patiently_replaced(old, text)
        return is_replaced  # noqa: RET504 - by its type the scope may swallow what ends it

    async def ended(self, old: Kept) -> None:
        """Remove a session that the service has ended, unless it is another one by now."""
        async with self.records.turn():
            record = await self.records.load("session", old.state.username)
            if record is not None and record.version == old.version:
                await self._remove(old.state.username)

    async def forget(self, user: SignedIn) -> None:
        """Remove the user's session, unless a newer one has replaced it; nobody is current then, if this user was."""
        async with self.records.turn():
            if self.owns(user):
                await self._remove(user.username)
            self.let_go(user)

    def let_go(self, user: SignedIn) -> None:
        """Hold on to this user no longer: its session is over."""
        if self.owns(user):
            del self._live[user.username]
        if self._current is user:
            self._current = None

    async def current(self, restore: Callable[[str], CognitoUser]) -> CognitoUser | None:
        """The current user from memory, or made of the stored state; `None` if nobody is signed in."""
        if self._current is not None and self._current.signed_in:
            return self._current
        async with self.records.turn():
            if self._current is not None:  # signed in meanwhile, or just signing out
                return self._current if self._current.signed_in else None
            named = (await self._people()).current
            user = await self._restored(named, restore) if named is not None else None
            if user is not None:
                self._own(user)
                self.events.tell("restore", user)
            return user

    async def users(self, restore: Callable[[str], CognitoUser]) -> list[CognitoUser]:
        """Everybody who is signed in here, the latest first."""
        async with self.records.turn():
            found = [await self._restored(name, restore) for name in (await self._people()).users]
            return [user for user in found if user is not None]

    async def switch(self, username: str, restore: Callable[[str], CognitoUser]) -> CognitoUser | None:
        """Make somebody who is signed in here the current user; `None` if nobody of that name is."""
        async with self.records.turn():
            user = await self._restored(username, restore)
            if user is not None:
                await self._write((await self._people()).entering(username))
                self._own(user)
            return user

    async def _restored(self, username: str, restore: Callable[[str], CognitoUser]) -> CognitoUser | None:
        """The object that there is already for this user, or a new one; `None` where the store has no session."""
        record = await self.records.load("session", username)
        if record is None:
            return None
        user = self._live.get(username)
        if user is None:
            user = restore(mask(record.text))
            user._device = await self.devices.load(user.username)
            self._live[user.username] = user
        return user if user.signed_in else None  # who is just signing out is not brought back

    async def _patiently_replaced(self, old: Kept, text: str) -> bool:
        for wait in _WAITS:
            with suppress(Exception):
                return await self._replaced(old, text)
            await self._clock.sleep(wait)
        return await self._replaced(old, text)

    async def _replaced(self, old: Kept, text: str) -> bool:
        username = old.state.username
        if await self.records.save("session", text, username, expected=old.version) is not None:
            return True
        found = await self.records.load("session", username)  # perhaps by an earlier try whose answer was lost
        return found is not None and found.text == text

    async def _remove(self, username: str) -> None:
        await self.records.delete("session", username)
        await self._write((await self._people()).leaving(username))

    async def _people(self) -> people.People:
        record = await self.records.load("users")
        return people.People.read(record.text) if record is not None else people.People()

    async def _write(self, names: people.People) -> None:
        if names.users:
            await self.records.save("users", names.model_dump_json())
        else:
            await self.records.delete("users")

    def _read(self, text: str) -> states.UserState:
        text = mask(text)
        return states.unpack(text, states.UserState, self.records.binding, None)

    @contextmanager
    def _in_the_place_of_older(self, user: CognitoUser) -> Generator[None]:
        """An older object that finds this session in the store is to know already that it is not its own."""
        older = self._live.get(user.username)
        before = older._tokens if older is not None else None
        self._live[user.username] = user
        try:
            yield
        except BaseException:
            self.let_go(user)
            if older is not None and older.signed_in:
                self._live[user.username] = older
                if older._tokens is not before:  # renewed meanwhile as a session apart, and not saved
                    older._unsaved = older._unsaved or before
            raise

    def _own(self, user: CognitoUser) -> None:
        self._current = user
        self._live[user.username] = user
