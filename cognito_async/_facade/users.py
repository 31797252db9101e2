"""The users of one pool or `Auth`: names and sessions as `CognitoUser`s."""

from __future__ import annotations

from weakref import WeakValueDictionary

from .._session.pool_sessions import PoolSessions
from .._session.user_session import UserSession
from .events import EventName, Events, EventScope
from .user.signed_in import Link
from .user.user import CognitoUser, StepUp


class Users:
    """Makes users, and returns the same object for the same session while it lives.

    Args:
        sessions: makes their sessions.
        step_up: begins a step-up of a signed-in user.
        events: where their calls are reported; none for a `UserPool`.
    """

    def __init__(self, sessions: PoolSessions, step_up: StepUp, events: Events | None = None) -> None:
        self.sessions = sessions
        self.step_up = step_up
        self.events = events
        self._users: WeakValueDictionary[UserSession, CognitoUser] = WeakValueDictionary()

    def named(self, username: str, sub: str | None = None) -> CognitoUser:
        """Return a user of this pool who is not signed in."""
        return self.of(self.sessions.named(username, sub))

    def of(self, session: UserSession) -> CognitoUser:
        """Return the user of a session."""
        user = self._users.get(session)
        if user is None:
            user = self._users[session] = CognitoUser(session.username, session.sub, link=Link(session, self))
        return user

    def event(self, name: EventName, username: str) -> EventScope:
        """Return the scope of a call that concerns the user of this name."""
        return EventScope(self.events, name, None if self.events is None else self.named(username))
