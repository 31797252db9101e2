"""A token bucket that limits the requests of one category. It is thread-safe, and never waits."""

from __future__ import annotations

from .._core.clock import Clock
from .._core.concurrency.guard import guard

# The rate never falls below this part of the configured rate. From there, RECOVERY_SECONDS of successful requests
# restore the configured rate.
LEAST = 1 / 100
RECOVERY_SECONDS = 60.0
# After a shorter wait, the clock's float might be the same as before, because it is coarse after a month.
_SHORTEST_WAIT = 0.001
# If a token is incomplete only by a rounding error, it can be taken. The next token then lacks the difference.
_ROUNDING = 1e-6


class TokenBucket:
    """A bucket from which each request takes a token. It has room for the tokens of one second, and for one at least.

    It starts with one token, not full, so that the first seconds are not faster than the rate.

    Args:
        rate: the most requests per second. After the service has throttled, the bucket uses a lower rate for a while.
    """

    def __init__(self, rate: float) -> None:
        self.most = rate
        self.rate = rate
        self._tokens = 1.0
        self._updated: float | None = None
        self._lowered = 0

    @property
    def times_lowered(self) -> int:
        """Return how many times the service's refusals have lowered the rate."""
        return self._lowered

    def take(self, clock: Clock) -> float:
        """Take a token and return 0. If the bucket is empty, return the seconds until the next token.

        The guard covers reading the clock, so that the times of several threads are in order.
        """
        with guard:
            now = clock.monotonic()
            elapsed = 0.0 if self._updated is None else max(0.0, now - self._updated)
            self._updated = now
            self._tokens = min(max(1.0, self.rate), self._tokens + elapsed * self.rate)
            if self._tokens >= 1.0 - _ROUNDING:
                self._tokens -= 1.0
                return 0.0
            return max(_SHORTEST_WAIT, (1.0 - self._tokens) / self.rate)

    def throttled(self, sent_at: int) -> None:
        """Halve the rate: the service refused a request that was sent when `times_lowered` was `sent_at`.

        One burst of throttling halves the rate once, because refusals of requests that were sent before say nothing
        about the new rate. The bucket is emptied, and fills again from the next `take` on.
        """
        with guard:
            if sent_at == self._lowered:
                self._lowered += 1
                self.rate = max(self.most * LEAST, self.rate / 2)
                self._tokens, self._updated = 0.0, None

    def accepted(self, sent_at: int) -> None:
        """Raise the rate a little: the service accepted a request that was sent when `times_lowered` was `sent_at`."""
        with guard:
            if sent_at == self._lowered:
                self.rate = min(self.most, self.rate + self.most / RECOVERY_SECONDS / self.rate)
