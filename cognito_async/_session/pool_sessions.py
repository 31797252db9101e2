"""The sessions of a user pool, made from a name, from tokens or from a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._client.pool_client import PoolClient
from .._core.secret import Secret
from .._core.value_class import value_class
from .._tokens import states
from .._tokens.claims import text_claim
from .refreshes import Refreshes
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens
    from .registry import SessionRegistry


@value_class
class PoolSessions:
    """The factory of one user pool's sessions, which use the same `client` and share `refreshes`."""

    client: PoolClient
    refreshes: Refreshes

    def named(self, username: str, sub: str | None = None) -> UserSession:
        """Return a session of a user who is not signed in."""
        return UserSession(self.client, self.refreshes, username, sub)

    def signed_in(self, username: str, tokens: Tokens, registry: SessionRegistry | None = None) -> UserSession:
        """Return the session of these tokens. Its username is that of the access token, or else `username`."""
        name, sub = text_claim(tokens, "username") or username, text_claim(tokens, "sub")
        return UserSession(self.client, self.refreshes, name, sub, tokens, registry)

    def restored(
        self, state: Secret[str], key: Secret[Any] | None = None, registry: SessionRegistry | None = None
    ) -> UserSession:
        """Return the session that a state holds, with its username, its sub and its tokens.

        Raises:
            ConfigurationError: if the state is damaged, has another key, or belongs to another user pool or app client.
        """
        found = states.unpack(state, states.UserState, self.client.app_client.binding, key)
        return UserSession(self.client, self.refreshes, found.username, found.sub, found.tokens, registry)
