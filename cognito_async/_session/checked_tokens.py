"""The access tokens that need no further check after a refused call, so that refused calls cause few refreshes."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from .._core.errors import CognitoError

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# The most access tokens that are remembered, and the most refusals of one of them.
_MOST_TOKENS = 10_000
_MOST_REFUSALS = 8


class Refusal(NamedTuple):
    """The identity of a refusal. Calls that the service refuses for the same reason have equal refusals."""

    operation: str | None
    code: str | None
    message: str

    @classmethod
    def of(cls, error: CognitoError) -> Refusal:
        """Return the refusal that this error reports."""
        return cls(error.operation, error.code, error.message)


class CheckedTokens:
    """The access tokens that a refresh has checked after a refused call, and those that such a refresh has issued.

    A token is checked only once. A token that a check has issued is not checked after the same refusal, because the
    session is not its reason. Otherwise, each call that an app client may not make would refresh the session.
    """

    def __init__(self) -> None:
        # Several threads may use one pool, each with its own event loop. The lock is never held during an `await`.
        self._lock = Lock()
        # The keys are hashes of access tokens, the oldest first. The values are the known refusals of issued tokens.
        self._checked: dict[str, None] = {}
        self._issued: dict[str, frozenset[Refusal]] = {}

    def __repr__(self) -> str:
        return f"CheckedTokens(<{len(self._checked)}>)"

    def add(self, tokens: Tokens, issued: Tokens, refusal: Refusal) -> None:
        """Remember that a refusal of these tokens was checked, and which tokens the check has issued."""
        key, following, none = _key(tokens), _key(issued), frozenset[Refusal]()
        with self._lock:
            self._checked[key] = None
            self._issued[following] = self._issued.get(key, none) | self._issued.get(following, none) | {refusal}
            for remembered in (self._checked, self._issued):
                if len(remembered) > _MOST_TOKENS:
                    del remembered[next(iter(remembered))]

    def forget_refusals(self, tokens: Tokens) -> None:
        """Forget the refusals of issued tokens, because the service has accepted these tokens for a refused call."""
        with self._lock:
            self._issued.pop(_key(tokens), None)

    def contains(self, tokens: Tokens) -> bool:
        """Return whether these tokens were checked."""
        return _key(tokens) in self._checked

    def explains(self, tokens: Tokens, refusal: Refusal) -> bool:
        """Return whether a check has issued these tokens after the same refusal, or after many different ones."""
        known = self._issued.get(_key(tokens), ())
        return refusal in known or len(known) >= _MOST_REFUSALS


def _key(tokens: Tokens) -> str:
    return hashlib.sha256(tokens.access_token.encode()).hexdigest()
