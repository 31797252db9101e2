"""The service's time, measured from the `Date` of its replies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .._core.clock import Clock

# A smaller difference is meaningless, because `Date` has whole seconds, and the reply has taken time to arrive.
_NO_OFFSET = timedelta(seconds=2)
# A `Date` in any other year is an error. Calculations with a time near the last year of `datetime` would overflow.
_PLAUSIBLE_YEARS = range(1970, 3000)


class ServiceTime:
    """The local clock, corrected by `offset`, because the service refuses a signature or proof with a wrong time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset = timedelta(0)
        # The newest `Date` and its parsed value, cached because successive replies often have the same one.
        self._text: str | None = None
        self._date: datetime | None = None

    def observe(self, date_header: str | None) -> None:
        """Set the offset from a reply's `Date`. A missing or malformed one changes nothing."""
        if date_header != self._text:
            self._text, self._date = date_header, parse_http_date(date_header)
        if self._date is not None:
            offset = self._date - self._clock.now()
            self.offset = offset if abs(offset) > _NO_OFFSET else timedelta(0)

    def now(self) -> datetime:
        """Return the service's current time, as an aware datetime in UTC."""
        return self._clock.now() + self.offset


def parse_http_date(text: str | None) -> datetime | None:
    """Return the time of an HTTP date (RFC 9110 §5.6.7), in UTC; `None` for anything else."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow; opening a connection imports it

    try:
        date = parsedate_to_datetime(text)
        # A date with the zone "-0000" is parsed as a naive one, but all dates in HTTP are UTC.
        date = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.year in _PLAUSIBLE_YEARS else None
