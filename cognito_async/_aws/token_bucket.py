"""A token bucket that limits the requests of one category. Thread-safe; it never waits."""

from __future__ import annotations

import threading

from .._core.clock import Clock

# The rate never falls below this part of the configured rate. RECOVERY_SECONDS of successful requests restore it from
# there.
LEAST = 1 / 100
RECOVERY_SECONDS = 60.0
# A shorter wait might not advance a clock that is a float: after a month it is coarse.
_SHORTEST_WAIT = 0.001
# A token that is short by a rounding error counts as whole; the difference remains owed.
_ROUNDING = 1e-6


class TokenBucket:
    """A bucket with one token per request. It holds at most the tokens of one second, and at least one.

    It starts with one token, not full, so that the first seconds are not faster than the rate.

    Args:
        rate: requests per second that it allows at most; while the service throttles, it allows less.
    """

    def __init__(self, rate: float) -> None:
        self.most = rate
        self.rate = rate
        self._tokens = 1.0
        self._updated: float | None = None
        self._lowered = 0
        self._lock = threading.Lock()

    @property
    def times_lowered(self) -> int:
        """The number of times that the service's refusals have lowered the rate."""
        return self._lowered

    def take(self, clock: Clock) -> float:
        """Take a token and return 0; if there is none, return the seconds until the next one.

        The clock is read under the lock, so that times are in order among threads.
        """
        with self._lock:
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

        One burst of throttling halves the rate once; refusals of earlier requests say nothing about the new rate. The
        bucket is emptied, and fills from the next `take`.
        """
        with self._lock:
            if sent_at == self._lowered:
                self._lowered += 1
                self.rate = max(self.most * LEAST, self.rate / 2)
                self._tokens, self._updated = 0.0, None

    def accepted(self, sent_at: int) -> None:
        """Raise the rate a little: the service accepted a request that was sent when `times_lowered` was `sent_at`."""
        with self._lock:
            if sent_at == self._lowered:
                self.rate = min(self.most, self.rate + self.most / RECOVERY_SECONDS / self.rate)
