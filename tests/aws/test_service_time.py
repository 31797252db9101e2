"""The service's time: the local clock, corrected by the dates of replies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._aws.service_time import ServiceTime, parse_http_date
from cognito_async._local.clock import MovableClock

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def measured(date: str | None) -> timedelta:
    service_time = ServiceTime(MovableClock(start=START))
    service_time.observe(date)
    return service_time.now() - START


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Fri, 02 Jan 2026 04:04:05 GMT", 3600),
        ("Fri, 02 Jan 2026 02:04:05 GMT", -3600),
        ("Fri, 02 Jan 2026 04:04:05 -0000", 3600),
        ("Fri, 02 Jan 2026 04:04:05 +0100", 0),
        ("Fri, 02 Jan 2026 03:04:08 GMT", 3),
        ("Fri, 02 Jan 2026 03:04:07 GMT", 0),
        ("Fri, 02 Jan 2026 03:04:03 GMT", 0),
    ],
)
def test_offset_follows_the_date_unless_below_its_precision(date: str, seconds: int) -> None:
    assert measured(date) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "yesterday",
        "Fri, 99 Jan 2026 03:04:05 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "31 Dec 9999 23:59:59 -2359",
    ],
)
def test_invalid_date_is_ignored(date: str | None) -> None:
    assert measured(date) == timedelta(0)


def test_service_time_advances_and_follows_the_newest_date() -> None:
    clock = MovableClock(start=START)
    service_time = ServiceTime(clock)
    service_time.observe("Fri, 02 Jan 2026 04:04:05 GMT")
    clock.advance(10)
    assert service_time.now() == START + timedelta(seconds=3610)
    service_time.observe("Fri, 02 Jan 2026 03:04:15 GMT")
    assert service_time.now() == clock.now()


@given(st.text() | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,3} Jan \d{1,6} \d{1,3}:\d{1,3}:\d{1,3} [+-]?\w{1,6}\Z"))
def test_any_string_is_a_date_or_none(text: str) -> None:
    date = parse_http_date(text)
    assert date is None or date.tzinfo is UTC
