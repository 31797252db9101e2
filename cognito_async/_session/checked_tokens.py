"""The refused calls that a refresh has checked. The same refusal causes only one refresh."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from .._core.concurrency.guard import guard
from .._core.errors import CognitoError

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# The most access tokens that are remembered, and the most refusals of one of them: more than there are operations.
_MOST_TOKENS = 10_000
_MOST_REFUSALS = 32


class Refusal(NamedTuple):
    """The identity of a refusal. If a call is refused twice for the same reason, both refusals are equal."""

    operation: str | None
    code: str | None
    message: str

    @classmethod
    def of(cls, error: CognitoError) -> Refusal:
        """Return the refusal that this error reports."""
        return cls(error.operation, error.code, error.message)


class CheckedTokens:
    """The refusals of access tokens whose reason is not the session.

    If a check shows that a session is valid, the refusal has another reason, such as a right that the app client lacks.
    The same refusal of the session's new tokens is then not checked again. Otherwise, each call would refresh them.
    """

    def __init__(self) -> None:
        # Maps hashes of access tokens to the refusals, the oldest first.
        self._refusals: dict[str, frozenset[Refusal]] = {}

    def __repr__(self) -> str:
        return f"CheckedTokens(<{len(self._refusals)}>)"

    def add(self, tokens: Tokens, issued: Tokens, refusal: Refusal, *, is_copied: bool) -> None:
        """Remember that a refusal of these tokens was checked, and that the check has issued others.

        `is_copied`: whether other sessions may hold the same tokens, and should not repeat the check.
        """
        key, following = _key(tokens), _key(issued)
        with guard:
            refusals = self._refusals.get(key, frozenset[Refusal]()) | {refusal}
            self._refusals[following] = self._refusals.get(following, refusals) | refusals
            if is_copied:
                self._refusals[key] = refusals
            while len(self._refusals) > _MOST_TOKENS:
                del self._refusals[next(iter(self._refusals))]

    def has_issued(self, tokens: Tokens) -> bool:
        """Return whether a check has issued these tokens, or has checked them for copies of a session."""
        return _key(tokens) in self._refusals

    def forget(self, tokens: Tokens) -> None:
        """Forget the refusals of these tokens, because the service accepts them for a call that it had refused."""
        with guard:
            if (key := _key(tokens)) in self._refusals:
                self._refusals[key] = frozenset()

    def explain(self, tokens: Tokens, refusal: Refusal) -> bool:
        """Return whether this refusal of these tokens was checked, or many others were."""
        refusals = self._refusals.get(_key(tokens), ())
        return refusal in refusals or len(refusals) >= _MOST_REFUSALS


def _key(tokens: Tokens) -> str:
    return hashlib.sha256(tokens.access_token.encode()).hexdigest()
