"""A token bucket allows exactly its rate, after any sequence of events."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._aws.token_bucket import LEAST, TokenBucket
from cognito_async._local.clock import MovableClock

START = datetime(2026, 1, 1, tzinfo=UTC)
RATES = st.floats(min_value=0.05, max_value=1000)
STEPS = st.lists(st.sampled_from(["take", "throttled", "late", "accepted"]) | st.floats(0, 5), max_size=60)


def wait_and_take(bucket: TokenBucket, clock: MovableClock) -> int:
    """Take a token after the waits that the bucket returns. Return the number of waits."""
    waits = 0
    while wait := bucket.take(clock):
        clock.advance(wait)
        waits += 1
        assert waits < 100, "the bucket must become ready"
    return waits


@given(rate=RATES, steps=STEPS)
def test_no_period_exceeds_the_rate_plus_one_second_of_it(rate: float, steps: list[str | float]) -> None:
    bucket, clock, sent = TokenBucket(rate), MovableClock(START), list[float]()
    for step in steps:
        if isinstance(step, float):
            clock.advance(step)
        elif step == "accepted":
            bucket.accepted(bucket.times_lowered)
        elif step == "take":
            for _ in range(3):
                if not bucket.take(clock):
                    sent.append(clock.monotonic())
        else:
            bucket.throttled(bucket.times_lowered - (step == "late"))
        assert rate * LEAST <= bucket.rate <= rate
    for first, begins in enumerate(sent):
        for last, ends in enumerate(sent[first:], first):
            assert last - first + 1 <= rate * (ends - begins) + max(1.0, rate) + 1e-5


@given(rate=RATES, steps=STEPS)
def test_token_is_available_after_the_returned_wait(rate: float, steps: list[str | float]) -> None:
    bucket, clock = TokenBucket(rate), MovableClock(START)
    for step in steps:
        if isinstance(step, float):
            clock.advance(step)
        elif step == "throttled":
            bucket.throttled(bucket.times_lowered)
        else:
            assert wait_and_take(bucket, clock) <= 2


@given(rate=st.floats(min_value=1, max_value=1000))
def test_constant_demand_gets_the_full_rate(rate: float) -> None:
    bucket, clock, sent = TokenBucket(rate), MovableClock(START), 0
    while clock.monotonic() < 5:
        wait_and_take(bucket, clock)
        sent += 1
    assert sent - 2 <= rate * clock.monotonic() <= sent + 1


def test_throttling_empties_the_bucket_which_refills() -> None:
    bucket, clock = TokenBucket(8), MovableClock(START)
    wait_and_take(bucket, clock)
    clock.advance(1)
    wait_and_take(bucket, clock)
    bucket.throttled(0)
    clock.advance(1)
    assert bucket.take(clock) == 0.25


def test_wait_is_long_enough_for_a_coarse_clock() -> None:
    bucket, clock = TokenBucket(10_000), MovableClock(START)
    clock.advance(2**40)
    for _ in range(10):
        wait_and_take(bucket, clock)


def test_another_clock_loses_only_the_difference_in_time() -> None:
    bucket, late, early = TokenBucket(1), MovableClock(START), MovableClock(START)
    late.advance(1_000_000)
    assert wait_and_take(bucket, late) == 0
    assert bucket.take(early) == 1.0
    early.advance(1)
    assert bucket.take(early) == 0.0


def test_concurrent_threads_take_no_extra_tokens() -> None:
    bucket, clock, taken = TokenBucket(1000), MovableClock(START), list[int]()
    wait_and_take(bucket, clock)
    clock.advance(1)
    together = threading.Barrier(4)

    def taker() -> None:
        together.wait()
        taken.append(sum(bucket.take(clock) == 0.0 for _ in range(1000)))

    threads = [threading.Thread(target=taker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 1000


@pytest.mark.parametrize("most", [0.1, 1.0, 120.0])
def test_lowered_rate_recovers_in_half_a_minute(most: float) -> None:
    bucket, clock = TokenBucket(most), MovableClock(START)
    wait_and_take(bucket, clock)
    bucket.throttled(0)
    assert bucket.rate == most / 2
    while bucket.rate < most:
        wait_and_take(bucket, clock)
        bucket.accepted(1)
    assert 30 - 2 / most <= clock.monotonic() <= 30 + 4 / most
    bucket.accepted(1)
    assert bucket.rate == most
