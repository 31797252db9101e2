"""The sessions of one `Auth`: which one is current, and their records in the store."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

import anyio

from .._core.concurrency.guard import guard
from .._core.secret import Secret
from .._core.value_class import value_class
from .._stores.store import TokenStore
from .._tokens import states
from . import signed_in_users
from .device_registry import DeviceRegistry
from .pool_sessions import PoolSessions
from .store_view import StoreView
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

SessionEvent = Literal["restore", "sign_out", "token_refresh"]
Report = Callable[[SessionEvent, UserSession, Exception | None], None]

# Seconds between attempts to save refreshed tokens. Together with the writes they fit into the store's time limit.
_WAITS = (0.2, 0.5, 1.0, 2.0)


@value_class
class StoredSession:
    """A session in the store, with the version of its record."""

    state: states.UserState
    version: int

    @property
    def tokens(self) -> Tokens:
        """Return its tokens."""
        return self.state.tokens

    def is_outdated_by(self, session: UserSession) -> bool:
        """Return whether this record holds old tokens, because the session could not save its newer ones."""
        return session.unsaved is not None and session.unsaved.access_token == self.tokens.access_token


class SessionRegistry:
    """The sessions of one `Auth`, in memory and in a store.

    The store has one session record for each user, under the canonical username, and one record that lists the users.
    If several sessions in memory have the same username, the newest signed-in one owns the record (`is_owner`). The
    older ones still refresh their tokens, but do not save them.

    Args:
        sessions: makes the sessions that are loaded from the store.
        store: the store of the records.
        namespace: a part of all record keys, to separate programs or browsers that share a store; `None` omits it.
        report: called when a session is restored, refreshed or ended.
    """

    def __init__(self, sessions: PoolSessions, store: TokenStore, namespace: str | None, report: Report) -> None:
        client = sessions.client
        self.view = view = StoreView(store, client.app_client.binding, namespace, client.clock)
        self.devices = DeviceRegistry(view)
        self.report = report
        self._sessions = sessions
        self._clock = client.clock
        self._current: UserSession | None = None
        self._live: WeakValueDictionary[str, UserSession] = WeakValueDictionary()

    def is_owner(self, session: UserSession) -> bool:
        """Return whether this session owns the record of its username."""
        return self._live.get(session.username) is session

    @property
    def pending_removal(self) -> UserSession | None:
        """Return the current session if a sign-out has ended it, but has not removed it from the store yet."""
        current = self._current
        return None if current is None or current.signed_in else current

    def shares_store_with(self, other: SessionRegistry | None) -> bool:
        """Return whether the other registry stores its sessions in the same place."""
        return other is not None and (other is self or other.view.is_same_as(self.view))

    async def add(self, session: UserSession) -> None:
        """Make this the current session, in memory and in the store."""
        async with self.view.lock():
            # Write the user list first. If only this succeeds, the listed name is ignored. If only the session were
            # written, a later call could restore the session of a failed sign-in. Another user stays the current one
            # until the session is saved, so that a failed sign-in or a crash changes nothing for that user.
            listed = (await self._load_users()).with_user(session.username)
            await self._write_users(listed)
            with self._replacing_older(session):
                await self.view.save("session", session.to_state(), session.username)
            if listed.current != session.username:
                await self._write_users(listed.with_current(session.username))
            self._current = session

    async def save(self, session: UserSession) -> None:
        """Save the session if the store still holds its old tokens. If the record has changed, leave it."""
        async with self.view.lock():
            stored = await self.load(session.username)
            outdated = stored is not None and stored.is_outdated_by(session)
            if stored is not None and outdated and session.signed_in and self.is_owner(session):
                await self.view.save("session", session.to_state(), session.username, expected=stored.version)

    async def load(self, username: str) -> StoredSession | None:
        """Return the session from the store, which another process may have refreshed; `None` if it is absent."""
        with self.view.time_limit():
            record = await self.view.load("session", username)
        return None if record is None else StoredSession(self._parse(Secret(record.text)), record.version)

    async def replace(self, old: StoredSession, tokens: Tokens) -> bool:
        """Save the session's new tokens, in up to five attempts within ten seconds.

        Return `False` if the record has changed. This runs under a shield, because the service has issued these tokens
        and the old ones may be invalid now.
        """
        state = old.state.model_copy(update={"tokens": tokens})
        text = states.pack(state, self.view.binding, None)
        is_replaced = False
        with anyio.CancelScope(shield=True), self.view.time_limit():
            is_replaced = await self._replace_with_retries(old, text)
        return is_replaced  # noqa: RET504 - for type checkers, because the scope may swallow an exception

    async def remove_ended(self, old: StoredSession) -> None:
        """Remove a session that the service has ended, unless its record has changed."""
        async with self.view.lock():
            record = await self.view.load("session", old.state.username)
            if record is not None and record.version == old.version:
                await self._remove(old.state.username)

    async def forget(self, session: UserSession) -> None:
        """Remove a session from memory, and from the store unless a newer session owns the record."""
        async with self.view.lock():
            if self.is_owner(session):
                await self._remove(session.username)
            self.release(session)

    def release(self, session: UserSession) -> None:
        """Drop a session from memory, so that it neither owns a record nor is the current session."""
        with guard:
            if self.is_owner(session):
                del self._live[session.username]
            if self._current is session:
                self._current = None

    async def current(self) -> UserSession | None:
        """Return the current session, from memory or from the store; `None` if no user is signed in."""
        current = self._current
        if current is not None and current.signed_in:
            return current
        async with self.view.lock():
            current = self._current
            if current is not None:  # another task signed in during the wait, or is signing out
                return current if current.signed_in else None
            name = (await self._load_users()).current
            session = await self._restore(name) if name is not None else None
            if session is not None:
                self._set_current(session)
                self.report("restore", session, None)
            return session

    async def all(self) -> list[UserSession]:
        """Return all signed-in sessions of this `Auth`, most recent first."""
        async with self.view.lock():
            found = [await self._restore(name) for name in (await self._load_users()).users]
            return [session for session in found if session is not None]

    async def switch(self, username: str) -> UserSession | None:
        """Make a signed-in user's session the current one and return it; `None` if the user is not signed in."""
        async with self.view.lock():
            session = await self._restore(username)
            if session is not None:
                await self._write_users((await self._load_users()).with_current(username))
                self._set_current(session)
            return session

    async def _restore(self, username: str) -> UserSession | None:
        """Return the session of this user, from memory or the store; `None` if the store has no record of it."""
        record = await self.view.load("session", username)
        if record is None:
            return None
        session = self._live.get(username)
        if session is None:
            session = self._sessions.restored(Secret(record.text), None, self)
            session.device = await self.devices.load(session.username)
            self._live[session.username] = session
        return session if session.signed_in else None  # its sign-out may be running

    async def _replace_with_retries(self, old: StoredSession, text: Secret[str]) -> bool:
        for wait in _WAITS:
            with suppress(Exception):
                return await self._replace_once(old, text)
            await self._clock.sleep(wait)
        return await self._replace_once(old, text)

    async def _replace_once(self, old: StoredSession, text: Secret[str]) -> bool:
        username = old.state.username
        if await self.view.save("session", text, username, expected=old.version) is not None:
            return True
        # An earlier attempt may have written the record although it raised an error.
        found = await self.view.load("session", username)
        return found is not None and Secret(found.text) == text

    async def _remove(self, username: str) -> None:
        await self.view.delete("session", username)
        await self._write_users((await self._load_users()).without(username))

    async def _load_users(self) -> signed_in_users.SignedInUsers:
        record = await self.view.load("users")
        listed = signed_in_users.SignedInUsers
        return listed.read(Secret(record.text)) if record is not None else listed()

    async def _write_users(self, listed: signed_in_users.SignedInUsers) -> None:
        if listed.users:
            await self.view.save("users", listed.model_dump_json())
        else:
            await self.view.delete("users")

    def _parse(self, text: Secret[str]) -> states.UserState:
        return states.unpack(text, states.UserState, self.view.binding, None)

    @contextmanager
    def _replacing_older(self, session: UserSession) -> Generator[None]:
        """Make this session the owner before it is saved; if saving fails, make the older one the owner again.

        Otherwise an older session could read the new record and take it for its own.
        """
        older = self._live.get(session.username)
        before = older.current if older is not None else None
        self._live[session.username] = session
        try:
            yield
        except BaseException:
            self.release(session)
            if older is not None and older.signed_in:
                self._live[session.username] = older
                older.missed_save(before)  # a refresh during this time was not saved
            raise

    def _set_current(self, session: UserSession) -> None:
        self._current = session
        self._live[session.username] = session
