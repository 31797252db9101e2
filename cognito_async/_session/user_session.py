"""The session of one user: the tokens, the device, and the registry that saves it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from .._client.pool_client import PoolClient
from .._core.concurrency.guard import guard
from .._core.errors import NotSignedIn
from .._core.secret import Secret
from .._tokens import states
from .._tokens.claims import sign_in_of, text_claim
from .._tokens.device import DeviceSecret
from .._tokens.freshness import Freshness
from .refreshes import Refreshes

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens
    from .registry import SessionRegistry

_random = secrets.SystemRandom()


class UserSession:
    """One user in this process, signed in or not. Only methods of this class change the tokens.

    Several threads may use one session, each in its own event loop.

    Attributes:
        client: the client of the user pool, for the user's calls.
        refreshes: the refresh state shared by all sessions of the user pool.
        username: the user's name; after a sign-in the canonical one.
        sub: the user's permanent id, if it is known.
        registry: the registry that saves this session in a store; `None` if it is in memory only.
        device: the device as which the user pool remembers this program; `None` if it does not.
    """

    __slots__ = (
        "__weakref__",
        "_ended",
        "_freshness",
        "_tokens",
        "_unsaved",
        "client",
        "device",
        "refreshes",
        "registry",
        "sub",
        "username",
    )

    def __init__(
        self,
        client: PoolClient,
        refreshes: Refreshes,
        username: str,
        sub: str | None = None,
        tokens: Tokens | None = None,
        registry: SessionRegistry | None = None,
    ) -> None:
        self.client = client
        self.refreshes = refreshes
        self.username = username
        self.sub = sub
        self.registry = registry
        self.device: DeviceSecret | None = None
        self._tokens = tokens
        self._unsaved: Tokens | None = None
        self._ended: str | None = None  # the id of the sign-in that `end` has ended
        self._freshness: Freshness | None = None

    @property
    def signed_in(self) -> bool:
        """Return whether the session has tokens, even expired or revoked ones."""
        return self._tokens is not None

    @property
    def tokens(self) -> Tokens:
        """Return the tokens, which may have expired.

        Raises:
            NotSignedIn: if the user is not signed in.
        """
        tokens = self._tokens
        if tokens is None:
            raise NotSignedIn("this user is not signed in: call sign_in first")
        return tokens

    @property
    def current(self) -> Tokens | None:
        """Return the tokens, or `None` if the user is not signed in. Another thread may sign out between two reads."""
        return self._tokens

    @property
    def unsaved(self) -> Tokens | None:
        """Return the older tokens that the store still holds, if the current ones could not be saved."""
        return self._unsaved

    def has(self, tokens: Tokens | None) -> bool:
        """Return whether these are still the session's tokens."""
        return self._tokens is tokens

    def newer_than(self, tokens: Tokens) -> Tokens | None:
        """Return the session's tokens if they are other ones; `None` if they are these, or the session has ended."""
        current = self._tokens
        return current if current is not tokens else None

    def replace(self, before: Tokens, tokens: Tokens, *, unsaved: Tokens | None) -> bool:
        """Replace the tokens `before`. Return `False` if the session has other tokens now, or none.

        `unsaved`: the older tokens, if the store still holds them.
        """
        with guard:
            if self._tokens is not before:
                return False
            self._tokens, self._unsaved = tokens, unsaved
            return True

    def mark_saved(self, tokens: Tokens) -> None:
        """Note that the store holds these tokens, unless the session has other ones now."""
        with guard:
            if self._tokens is tokens:
                self._unsaved = None

    def missed_save(self, before: Tokens | None) -> None:
        """Note that the store still holds the tokens `before`, unless those are the current ones."""
        with guard:
            if self._tokens is not before:
                self._unsaved = self._unsaved or before

    def end(self) -> Tokens | None:
        """Sign the user out in memory. Return the tokens that the session had; `None` if it has ended before."""
        with guard:
            tokens, self._tokens = self._tokens, None
            self._ended = self._ended if tokens is None else sign_in_of(tokens)
            return tokens

    def has_ended_with(self, tokens: Tokens) -> bool:
        """Return whether `end` has ended the sign-in of these tokens."""
        return self._ended == sign_in_of(tokens)

    def end_with(self, tokens: Tokens) -> bool:
        """Sign the user out in memory, unless the session has other tokens now, or none. Return whether it did."""
        with guard:
            if self._tokens is not tokens:
                return False
            self._tokens = None
            return True

    def check_signed_in(self, tokens: Tokens) -> Tokens:
        """Return these tokens if the user is still signed in.

        Raises:
            NotSignedIn: if the session has ended while the tokens were fetched.
        """
        if self._tokens is None:
            raise NotSignedIn("this user has signed out during the call")
        return tokens

    def freshness(self, tokens: Tokens) -> Freshness:
        """Return when these tokens are due for a refresh. The time is random within limits, and chosen only once."""
        freshness = self._freshness
        if freshness is None or freshness.tokens is not tokens:
            freshness = self._freshness = Freshness.of(tokens, _random.random())
        return freshness

    def device_key(self, tokens: Tokens) -> str | None:
        """Return the device key of the session: the one in the access token, or else that of `device`."""
        return text_claim(tokens, "device_key") or (self.device.key if self.device is not None else None)

    def to_state(self, key: Secret[Any] | None = None) -> Secret[str]:
        """Return the session as a string; encrypted if a key is given.

        Raises:
            NotSignedIn: if the user is not signed in.
            ConfigurationError: if the key is too short.
        """
        state = states.UserState(username=self.username, sub=self.sub, tokens=self.tokens)
        return states.pack(state, self.client.app_client.binding, key)
