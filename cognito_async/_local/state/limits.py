"""Limits: lockouts after wrong passwords and codes, and the number of calls that an operation allows per hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from ..wire.refusals import Refusal, not_authorized
from .expiring import Expiring, add_expiring

Secret = Literal["password", "code"]
_FREE_FAILURES = 5
_LONGEST_LOCK = timedelta(minutes=15)
_FORGIVEN_AFTER = timedelta(minutes=15)
_WINDOW = timedelta(hours=1)


@dataclass(slots=True)
class Lockout:
    """The lockout of a name after wrong guesses.

    The fifth wrong guess locks the name for one second; each further one doubles that time, up to 15 minutes. The
    count starts again 15 minutes after the end of the last lock.
    """

    failures: int = 0
    ends: datetime | None = None

    def has_expired(self, now: datetime) -> bool:
        return self.ends is not None and now >= self.ends + _FORGIVEN_AFTER

    def is_locked(self, now: datetime) -> bool:
        if self.has_expired(now):
            self.failures, self.ends = 0, None
        return self.failures >= _FREE_FAILURES and self.ends is not None and now < self.ends

    def add_failure(self, now: datetime) -> None:
        self.failures += 1
        extra = self.failures - _FREE_FAILURES
        # Bound the exponent too, because `timedelta` cannot hold 2**1000 seconds.
        wait = timedelta(seconds=1 << min(extra, 10)) if extra >= 0 else timedelta()
        self.ends = now + min(wait, _LONGEST_LOCK)


@dataclass(slots=True)
class HourlyLimit:
    """The calls of one operation for one user within the last hour."""

    calls: list[datetime] = field(default_factory=list[datetime])

    def has_expired(self, now: datetime) -> bool:
        return all(now - call >= _WINDOW for call in self.calls)

    def allow(self, now: datetime, most: int) -> bool:
        """Count a call, unless the limit is reached; return whether it was counted."""
        self.calls = [call for call in self.calls if now - call < _WINDOW]
        if len(self.calls) >= most:
            return False
        self.calls.append(now)
        return True


@dataclass(slots=True)
class Limits:
    """All limits of one pool. They are stored by name, not by user, so that they are the same for unknown names."""

    lockouts: dict[tuple[Secret, str], Lockout] = field(default_factory=dict[tuple[Secret, str], Lockout])
    hourly: dict[tuple[str, str], HourlyLimit] = field(default_factory=dict[tuple[str, str], HourlyLimit])

    def count_guess(self, secret: Secret, name: str, wrong: Refusal | None, now: datetime) -> None:
        """Count a wrong guess and raise `wrong`. If the guess is right (`wrong` is `None`), reset the count instead.

        While the name is locked, refuse right guesses too.
        """
        key = secret, name
        lockout = _get_or_add(self.lockouts, key, Lockout, now)
        if lockout.is_locked(now):
            raise not_authorized("Password attempts exceeded")
        if wrong is not None:
            lockout.add_failure(now)
            raise wrong
        del self.lockouts[key]

    def count_call(self, operation: str, name: str, most: int, now: datetime) -> None:
        """Count a call, or refuse it if there were `most` calls within the last hour."""
        if not _get_or_add(self.hourly, (operation, name), HourlyLimit, now).allow(now, most):
            raise Refusal("LimitExceededException", "Attempt limit exceeded, please try after some time.")

    def forget(self, name: str) -> None:
        """Delete what was counted for a name, because its user is deleted."""
        self.lockouts.pop(("password", name), None)
        self.lockouts.pop(("code", name), None)
        for operation, each in [key for key in self.hourly if key[1] == name]:
            del self.hourly[operation, each]


_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry", bound=Expiring)


def _get_or_add(table: dict[_Key, _Entry], key: _Key, new: Callable[[], _Entry], now: datetime) -> _Entry:
    if key not in table:
        add_expiring(table, key, new(), now)
    return table[key]
