"""A cache of the tokens that replaced spent refresh tokens. It remembers each for one minute."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .._core.clock import Clock
from .._core.concurrency.guard import guard

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# As long as the service's longest grace period, in which it still accepts a spent token.
_REMEMBERED_SECONDS = 60.0


def refresh_key(tokens: Tokens) -> str:
    """Return a hash of the refresh token, as a key that does not reveal it."""
    return hashlib.sha256((tokens.refresh_token or "").encode()).hexdigest()


class RotatedTokens:
    """The tokens that the service issued in exchange for spent refresh tokens.

    Parallel requests of one browser carry the same copy of a session. After one of them has refreshed it, the others
    would send a spent token, which looks like theft. With this cache, they get the new tokens.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Maps the key of a spent token to the tokens that replaced it, their key, and the time to forget them. The
        # oldest entry is first.
        self._tokens: dict[str, tuple[Tokens, str, float]] = {}

    def __repr__(self) -> str:
        return f"RotatedTokens(<{len(self._tokens)}>)"

    def add(self, spent: Tokens, tokens: Tokens) -> None:
        """Remember which tokens replaced the spent ones."""
        now = self._clock.monotonic()
        key, following = refresh_key(spent), refresh_key(tokens)
        with guard:
            while self._tokens and self._tokens[oldest := next(iter(self._tokens))][2] <= now:
                del self._tokens[oldest]
            self._tokens.pop(key, None)
            self._tokens[key] = tokens, following, now + _REMEMBERED_SECONDS
            self._tokens.pop(following, None)  # if the new tokens had an entry too, `newest` could loop

    def newest(self, tokens: Tokens) -> Tokens:
        """Return the newest tokens that replaced these, directly or in steps; these if no newer ones are cached."""
        now, key = self._clock.monotonic(), refresh_key(tokens)
        with guard:
            while (found := self._tokens.get(key)) is not None and found[2] > now:
                tokens, key, _ = found
        return tokens

    def forget(self, tokens: Tokens) -> None:
        """Forget an ended session, whose newest tokens these are: remove all entries that lead to them."""
        ended = {refresh_key(tokens)}
        with guard:
            while ended:
                ended = {key for key, (_, following, _) in self._tokens.items() if following in ended}
                for key in ended:
                    del self._tokens[key]
