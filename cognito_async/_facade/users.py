"""The users of one pool or `Auth`: one `CognitoUser` for each name or session."""

from __future__ import annotations

from weakref import WeakValueDictionary

from .._core.concurrency.guard import guard
from .._session.pool_sessions import PoolSessions
from .._session.user_session import UserSession
from .events import EventName, Events, EventScope
from .user.signed_in import Link
from .user.user import CognitoUser, StepUp


class Users:
    """A factory of users. It returns the same object for the same session, as long as that object is in use.

    Args:
        sessions: creates the sessions of the users.
        step_up: starts a step-up of a signed-in user.
        events: emits the events of the users' calls; `None` for a `UserPool`.
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
        with guard:  # otherwise two threads could each create a user
            user = self._users.get(session)
            if user is None:
                user = self._users[session] = CognitoUser(session.username, session.sub, link=Link(session, self))
            return user

    def event(self, name: EventName, username: str) -> EventScope:
        """Return a scope that emits the event of a call about the user with this name."""
        return EventScope(self.events, name, None if self.events is None else self.named(username))
