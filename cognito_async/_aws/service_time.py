"""The service's time, measured from the `Date` of its replies and from the tokens that it issues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from .._core.clock import Clock
from .._core.outside import EARLIEST, LATEST, MOST, clamp

_ZERO = timedelta(0)
# A smaller difference is meaningless, because `Date` has whole seconds, and the reply has taken time to arrive.
_NO_OFFSET = timedelta(seconds=2)
# The largest change of the offset by one reply after the first. It is less than the time by which tokens are refreshed
# before they expire, which is at least 15 seconds, so one wrong `Date` never makes an expired token look valid.
STEP = timedelta(seconds=10)
# If the local clock has moved by this much more or less than the monotonic one, it was set, or the machine was asleep.
_JUMP = timedelta(minutes=1)
# Seconds after which a measurement is repeated, even if the offset is the same.
_RECENT = 10.0
# A token in a reply was issued during the call, so its `iat` is at most this much before the reply's `Date`.
_LONGEST_CALL = timedelta(minutes=5)
# An access token is valid for a day at most, so a token in a reply was issued at most a day ago.
_LONGEST_LIFETIME = timedelta(days=1)


class _Measured(NamedTuple):
    """The result of the last measurement: the offset, the service's time, and the monotonic time at that moment."""

    offset: timedelta
    time: datetime
    at: float


class ServiceTime:
    """The local clock, corrected because the service refuses a signature or proof with a wrong time.

    The first reply sets the offset. Later ones change it by at most STEP. If several in a row disagree with it in the
    same direction, each may change it twice as much as the one before. After a jump of the local clock, the next reply
    sets it like the first. The caller passes only replies of the service, and not those of a proxy.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._measured: _Measured | None = None
        self._last_step = _ZERO
        # The time at which the newest token was issued, and the monotonic time at which it arrived.
        self._issued: tuple[datetime, float] | None = None
        # The newest `Date` and its parsed value, cached because successive replies often have the same one. They are
        # replaced together, because threads share them.
        self._latest: tuple[str | None, datetime | None] = None, None

    @property
    def offset(self) -> timedelta:
        """Return the service's time minus the local time."""
        return self.now() - self._clock.now()

    def now(self) -> datetime:
        """Return the service's current time, as an aware datetime in UTC.

        It is never before the last measurement plus the monotonic time since, even if the local clock was set back.
        """
        local, measured = self._clock.now(), self._measured
        if measured is None:
            return local
        time = local + measured.offset
        # This comparison of floats is faster than one of datetimes, and every call makes it.
        if (time - measured.time).total_seconds() >= self._clock.monotonic() - measured.at:
            return time
        return measured.time + self._since(measured.at)

    def observe(self, date_header: str | None) -> None:
        """Correct the offset by a reply's `Date`. A missing or malformed one changes nothing."""
        text, date = self._latest
        if date_header != text:
            date = parse_http_date(date_header)
            self._latest = date_header, date
        if date is None:
            return
        local, measured = self._clock.now(), self._measured
        offset = date - local
        if abs(offset) <= _NO_OFFSET:
            offset = _ZERO
        if measured is not None and self._confirms(measured, offset):
            self._last_step = _ZERO
            return
        if measured is not None and not self._has_jumped(measured, local):
            offset = measured.offset + self._bounded(offset - measured.offset)
        self._set(offset, local)

    def token_issued(self, at: datetime) -> None:
        """Correct the offset by the claim `iat` of a token that has just arrived from the service.

        The service's time is not before `at`. It is not much later either, because the token is new. But a server may
        return a token that it has issued before, as long as that is valid. Therefore a difference of less than a day
        sets the time back only if the newest `Date` agrees with `at`.
        """
        now, local = self.now(), self._clock.now()
        self._issued = at, self._clock.monotonic()
        _, date = self._latest
        agrees = date is not None and abs(date - at) <= _LONGEST_CALL
        if at > now or now - at > (_LONGEST_CALL if agrees else _LONGEST_LIFETIME):
            self._set(at - local, local)

    def _set(self, offset: timedelta, local: datetime) -> None:
        """Set the offset, but never to a time before the newest token was issued."""
        if self._issued is not None:
            issued, arrived = self._issued
            offset = max(offset, issued + self._since(arrived) - local)
        self._measured = _Measured(offset, local + offset, self._clock.monotonic())

    def _bounded(self, gap: timedelta) -> timedelta:
        """Return the part of the gap between the measured offset and the present one by which the offset changes."""
        if abs(gap) <= STEP:
            self._last_step = _ZERO
            return gap
        is_same_direction = (gap > _ZERO) == (self._last_step > _ZERO) and self._last_step != _ZERO
        limit = 2 * abs(self._last_step) if is_same_direction else STEP
        self._last_step = max(-limit, min(limit, gap))
        return self._last_step

    def _confirms(self, measured: _Measured, offset: timedelta) -> bool:
        """Return whether the offset is that of a recent measurement, so that nothing is to do. This saves time."""
        return self._clock.monotonic() - measured.at < _RECENT and offset == measured.offset

    def _has_jumped(self, measured: _Measured, local: datetime) -> bool:
        return abs(local + measured.offset - measured.time - self._since(measured.at)) > _JUMP

    def _since(self, monotonic: float) -> timedelta:
        return timedelta(seconds=min(max(self._clock.monotonic() - monotonic, 0.0), MOST))


def parse_http_date(text: str | None) -> datetime | None:
    """Return the time of an HTTP date (RFC 9110 §5.6.7), in UTC; `None` for anything else, or an impossible time."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow; opening a connection imports it

    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # A date with the zone "-0000" is parsed as a naive one, but all dates in HTTP are UTC.
    date = clamp(date if date.tzinfo else date.replace(tzinfo=UTC))
    return date if EARLIEST < date < LATEST else None
