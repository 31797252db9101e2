"""The service's time: the local clock, corrected by the dates of replies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._aws.service_time import STEP, ServiceTime, parse_http_date
from cognito_async._core.clock import Clock
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


def dated(time: datetime) -> str:
    return format_datetime(time, usegmt=True)


class LocalClock(Clock):
    """A local clock that is wrong by `error` seconds. Its monotonic part stands still while the machine is asleep."""

    def __init__(self, error: float = 0.0) -> None:
        self.elapsed = 0.0
        self.asleep = 0.0
        self.error = error

    @property
    def true_time(self) -> datetime:
        return START + timedelta(seconds=self.elapsed + self.asleep)

    def now(self) -> datetime:
        return self.true_time + timedelta(seconds=self.error)

    def monotonic(self) -> float:
        return self.elapsed


def test_service_time_advances_with_the_local_clock() -> None:
    clock = MovableClock(start=START)
    service_time = ServiceTime(clock)
    service_time.observe("Fri, 02 Jan 2026 04:04:05 GMT")
    clock.advance(10)
    assert service_time.now() == START + timedelta(seconds=3610)
    assert service_time.offset == timedelta(hours=1)


def test_reply_without_a_date_in_another_thread_does_not_disturb_a_measurement() -> None:
    class Interrupted(MovableClock):
        def now(self) -> datetime:
            service_time.observe(None)  # another thread runs while this one reads the clock
            return super().now()

    service_time = ServiceTime(Interrupted(start=START))
    service_time.observe(dated(START + timedelta(hours=1)))
    assert service_time.now() == START + timedelta(hours=1)


def test_first_reply_sets_the_offset_whole_and_one_later_reply_only_a_little() -> None:
    clock = MovableClock(start=START)
    service_time = ServiceTime(clock)
    service_time.observe(dated(START + timedelta(days=400)))
    assert service_time.offset == timedelta(days=400)
    service_time.observe("Thu, 01 Jan 1970 00:00:01 GMT")
    assert service_time.offset == timedelta(days=400) - STEP
    service_time.observe(dated(START + timedelta(days=400)))
    assert service_time.offset == timedelta(days=400)


@pytest.mark.parametrize("first", ["Fri, 02 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2999 00:00:00 GMT"])
def test_replies_in_agreement_correct_a_wrong_first_one(first: str) -> None:
    service_time = ServiceTime(MovableClock(start=START))
    service_time.observe(first)
    for _ in range(40):
        service_time.observe(dated(START))
    assert service_time.offset == timedelta(0)


@given(st.lists(st.sampled_from([-(10**9), 10**9]), max_size=60))
def test_replies_that_contradict_each_other_move_the_time_little(errors: list[int]) -> None:
    service_time = ServiceTime(MovableClock(start=START))
    service_time.observe(dated(START))
    for error in errors:
        before = service_time.offset
        service_time.observe(dated(START))
        assert service_time.offset == timedelta(0)
        service_time.observe(dated(START + timedelta(seconds=error)))
        assert abs(service_time.offset) <= STEP and abs(before) <= STEP


@pytest.mark.parametrize("hours", [-5, 5])
def test_reply_after_a_jump_of_the_local_clock_sets_the_offset_whole(hours: int) -> None:
    clock = LocalClock(error=hours * 3600.0)
    service_time = ServiceTime(clock)
    service_time.observe(dated(clock.true_time))
    assert service_time.now() == clock.true_time
    clock.error = 0.0  # the clock was set
    clock.elapsed += 30
    assert service_time.now() >= clock.true_time, "the time must not go back, or expired tokens would look valid"
    service_time.observe(dated(clock.true_time))
    assert service_time.now() == clock.true_time and service_time.offset == timedelta(0)


def test_time_continues_after_sleep() -> None:
    clock = LocalClock(error=100.0)
    service_time = ServiceTime(clock)
    service_time.observe(dated(clock.true_time))
    clock.asleep += 8 * 3600  # the monotonic clock stood still
    assert service_time.now() == clock.true_time
    service_time.observe(dated(clock.true_time))
    assert service_time.now() == clock.true_time


def test_issued_token_sets_the_time_forward() -> None:
    clock = MovableClock(start=START)
    service_time = ServiceTime(clock)
    service_time.observe("Fri, 02 Jan 1970 00:00:00 GMT")
    service_time.token_issued(START)
    assert service_time.now() == START
    clock.advance(3600)
    for _ in range(50):
        service_time.observe("Fri, 02 Jan 1970 00:00:00 GMT")
    assert service_time.now() == START + timedelta(hours=1)


def test_issued_token_sets_the_time_back_if_the_date_agrees() -> None:
    service_time = ServiceTime(MovableClock(start=START))
    service_time.observe(dated(START + timedelta(hours=20)))
    service_time.token_issued(START)
    assert service_time.offset == timedelta(hours=20), "the server may have issued this token long ago"
    service_time.observe(dated(START))
    service_time.token_issued(START)
    assert service_time.offset == timedelta(0)


def test_issued_token_sets_the_time_back_by_more_than_its_longest_lifetime() -> None:
    service_time = ServiceTime(MovableClock(start=START))
    service_time.observe(dated(START + timedelta(days=900)))
    service_time.token_issued(START)
    assert service_time.offset == timedelta(0)


MOMENTS = st.floats(-3e9, 3e9)
EVENTS = st.one_of(
    st.tuples(st.just("pass"), st.floats(0, 86_400)),
    st.tuples(st.just("sleep"), st.floats(0, 86_400)),
    st.tuples(st.just("set"), MOMENTS),  # the user or NTP sets the local clock
    st.tuples(st.just("reply"), st.just(0.0)),
    st.tuples(st.just("stray"), MOMENTS),
    st.tuples(st.just("tokens"), st.just(0.0)),
)


@given(st.floats(-1e9, 1e9), st.lists(EVENTS, max_size=30))
def test_time_is_bounded_and_right_after_tokens(error: float, events: list[tuple[str, float]]) -> None:
    clock = LocalClock(error)
    service_time = ServiceTime(clock)
    least: datetime | None = None
    for event, value in events:
        before = service_time.now()
        match event:
            case "pass":
                clock.elapsed += value
                least = least and least + timedelta(seconds=value)
            case "sleep":
                clock.asleep += value
            case "set":
                clock.error = value
            case "reply":
                service_time.observe(dated(clock.true_time))
            case "stray":
                service_time.observe(dated(clock.true_time + timedelta(seconds=value)))
            case _:  # a reply with its `Date` and new tokens, as of a sign-in or a refresh
                service_time.observe(dated(clock.true_time))
                service_time.token_issued(clock.true_time)
                least = clock.true_time
                assert abs(service_time.now() - clock.true_time) <= timedelta(minutes=5)
        if event in ("pass", "sleep"):
            assert service_time.now() >= before
        if least is not None:
            assert service_time.now() >= least - timedelta(milliseconds=1), "never behind the newest token"


@given(st.text() | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,3} Jan \d{1,6} \d{1,3}:\d{1,3}:\d{1,3} [+-]?\w{1,6}\Z"))
def test_any_string_is_a_date_or_none(text: str) -> None:
    date = parse_http_date(text)
    assert date is None or date.tzinfo is UTC
