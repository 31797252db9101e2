"""The TIMESTAMP of a password claim, parsed as the service does."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .refusals import invalid_parameter

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Accept names in any case, and a day of one or two digits. The zone must be "UTC" or "GMT", in capitals.
_FORM = re.compile(
    r"(?i:mon|tue|wed|thu|fri|sat|sun) (?P<month>(?i:" + "|".join(_MONTHS) + r")) (?P<day>[0-9]{1,2}) "
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) (?:UTC|GMT) (?P<year>[0-9]{4})"
)


def parse_timestamp(text: str) -> datetime:
    """Return the time. Accept a wrong weekday, as the proof fails later: its signature must have the right one."""
    found = _FORM.fullmatch(text)
    try:
        if found is not None:
            month = _MONTHS.index(found["month"].lower()) + 1
            year, day, hour, minute, second = (int(found[name]) for name in ("year", "day", "hour", "minute", "second"))
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # a day that the month does not have, hour 24, minute 60 or second 60
        pass
    raise invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
