"""How many requests a category has left, second by second; safe among threads, and waits for nothing."""

from __future__ import annotations

import threading

from .._core.clock import Clock

# A rate that was lowered all the way is this part of what was asked for, and as many seconds of requests at the
# allowed rate that all succeed bring it back from there.
LEAST = 1 / 100
RECOVERY_SECONDS = 60.0
# A wait that would be shorter is not worth a look at the clock, and might not move it: a float is coarse after a month.
_SHORTEST_WAIT = 0.001
# Nobody waits for what rounding took away; it is still owed.
_ROUNDING = 1e-6


class TokenBucket:
    """A bucket that time fills and requests empty, and that holds what one second brings (but at least one).

    It begins with one, not full: who begins to send as fast as allowed is then at no moment faster.

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
        """How often the service's refusals have lowered the rate."""
        return self._lowered

    def take(self, clock: Clock) -> float:
        """0 if a request may be sent now, which is then counted; else the seconds after which it is worth asking again.

        The clock is read under the lock, so that what others do meanwhile cannot make it seem to go back.
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
        """The service refused a request that was sent when `times_lowered` was this: half as many from now on.

        One rush of refusals halves the rate once: what was sent before tells nothing about the lower rate. Nothing is
        left, and filling begins with who asks next.
        """
        with self._lock:
            if sent_at == self._lowered:
                self._lowered += 1
                self.rate = max(self.most * LEAST, self.rate / 2)
                self._tokens, self._updated = 0.0, None

    def accepted(self, sent_at: int) -> None:
        """The service took a request that was sent when `times_lowered` was this: a little more from now on."""
        with self._lock:
            if sent_at == self._lowered:
                self.rate = min(self.most, self.rate + self.most / RECOVERY_SECONDS / self.rate)
