"""Numbers, times and JSON from outside: after the bounds, no arithmetic can fail."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import RateLimits, RetryPolicy, UserPool, errors
from cognito_async._core.outside import EARLIEST, LATEST, clamp, is_number, parse_json, parse_object, time_of
from tests.support import CLIENT_ID, POOL_ID

ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
HUGE = 10**400
NO_NUMBERS: list[Any] = [True, None, "1", [], {}, float("nan"), HUGE, -HUGE, float("-inf"), 1e300]


@given(st.datetimes(timezones=ZONES))
def test_clamped_time_is_the_same_or_the_nearest_bound(time: datetime) -> None:
    clamped = clamp(time)
    assert clamped.tzinfo is timezone.utc and EARLIEST <= clamped <= LATEST
    assert clamped == time or (clamped is EARLIEST and time < EARLIEST) or (clamped is LATEST and time > LATEST)
    assert clamped - timedelta(days=365) < clamped < clamped + timedelta(days=365)


@given(st.integers() | st.floats() | st.integers(-(10**11), 10**11) | st.booleans() | st.text() | st.none())
def test_seconds_become_a_time_or_none(seconds: Any) -> None:
    time = time_of(seconds)
    if time is None:
        assert not is_number(seconds, float("-inf"), LATEST.timestamp())
    else:
        assert EARLIEST <= time <= LATEST and (time == EARLIEST or abs(time.timestamp() - seconds) < 0.001)


@pytest.mark.parametrize("seconds", [-1, -62_135_596_800, -62_135_596_801, -HUGE, float("-inf"), -1e300])
def test_time_before_1970_becomes_the_earliest_one(seconds: float) -> None:
    assert time_of(seconds) == EARLIEST


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_numbers_of_options_are_bounded(value: Any) -> None:
    assert not is_number(value, 0)
    with pytest.raises(errors.ConfigurationError):
        RetryPolicy(base_delay=value, max_delay=value)
    with pytest.raises(errors.ConfigurationError):
        RateLimits({"UserAuthentication": value})
    with pytest.raises(errors.ConfigurationError):
        RateLimits(share=value)


@pytest.mark.parametrize("timeout", [HUGE, 1e300, float("inf"), 10**9 + 1])
def test_very_long_timeout_is_no_limit(timeout: float) -> None:
    pool = UserPool(POOL_ID, CLIENT_ID, timeout=timeout)
    assert pool._client.deadline().remaining() == float("inf")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON, st.booleans())
def test_json_is_parsed_from_text_and_bytes(value: Any, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    assert parse_json(text) == parse_json(text.encode()) == parse_json(b"\xef\xbb\xbf" + text.encode()) == value
    assert parse_object(text) == (value if isinstance(value, dict) else None)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"\xff", b'"\xed\xa0\x80"', b'["\\ud800"]', b'{"\\udc80": 1}', b"[" * 100_000, b"1" * 5000),
        '{"a": '.encode("utf-16"),
        *('"\ud800"', '{"\udc80": 1}', '["\\ud800"]', "{"),
    ],
)
def test_hostile_json_is_none(data: bytes | str) -> None:
    assert parse_json(data) is None


@given(st.binary())
def test_any_bytes_are_json_or_none(data: bytes) -> None:
    parse_json(data)
