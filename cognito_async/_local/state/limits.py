"""Who tried too often: wrong passwords and codes, and calls that are counted by the hour."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_FREE_FAILURES = 5
_LONGEST_LOCK = timedelta(minutes=15)
_FORGIVEN_AFTER = timedelta(minutes=15)
_ATTEMPTS_COUNT_FOR = timedelta(hours=1)


@dataclass(slots=True)
class Lockout:
    """After five wrong passwords or codes one second, doubled by each further one, up to 15 minutes."""

    failures: int = 0
    ends: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return self.ends is not None and now >= self.ends + _FORGIVEN_AFTER

    def is_locked(self, now: datetime) -> bool:
        if self.is_over(now):
            self.failures, self.ends = 0, None
        return self.failures >= _FREE_FAILURES and self.ends is not None and now < self.ends

    def failed(self, now: datetime) -> None:
        self.failures += 1
        over = self.failures - _FREE_FAILURES
        # The shift is bounded too: nobody needs 2**1000 seconds.
        wait = timedelta(seconds=1 << min(over, 10)) if over >= 0 else timedelta()
        self.ends = now + min(wait, _LONGEST_LOCK)


@dataclass(slots=True)
class HourlyLimit:
    """How often somebody tried something within the last hour."""

    moments: list[datetime] = field(default_factory=list[datetime])

    def is_over(self, now: datetime) -> bool:
        return all(now - moment >= _ATTEMPTS_COUNT_FOR for moment in self.moments)

    def allow(self, now: datetime, limit: int) -> bool:
        self.moments = [moment for moment in self.moments if now - moment < _ATTEMPTS_COUNT_FOR]
        if len(self.moments) >= limit:
            return False
        self.moments.append(now)
        return True
