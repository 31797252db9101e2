"""The cache of tokens that replaced spent ones: old copies find them for a minute."""

from __future__ import annotations

import sys
from itertools import pairwise
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from cognito_async import Tokens
from cognito_async._session.rotated_tokens import RotatedTokens
from cognito_async.local import MovableClock

CHAIN = [Tokens(f"access-{number}", None, f"refresh-{number}") for number in range(6)]


@given(known=st.integers(0, 5), asked=st.integers(0, 5))
def test_newest_returns_the_end_of_the_chain(known: int, asked: int) -> None:
    cache = RotatedTokens(MovableClock())
    for spent, tokens in pairwise(CHAIN[: known + 1]):
        cache.add(spent, tokens)
    assert cache.newest(CHAIN[asked]) is CHAIN[max(asked, known)]


def test_entries_are_dropped_after_a_minute() -> None:
    clock = MovableClock()
    cache = RotatedTokens(clock)
    cache.add(CHAIN[0], CHAIN[1])
    clock.advance(59)
    assert cache.newest(CHAIN[0]) is CHAIN[1]
    clock.advance(1)
    assert cache.newest(CHAIN[0]) is CHAIN[0]
    cache.add(CHAIN[2], CHAIN[3])
    assert repr(cache) == "RotatedTokens(<1>)"


def test_reissued_tokens_do_not_form_a_circle() -> None:
    cache = RotatedTokens(MovableClock())
    for spent, tokens in pairwise([*CHAIN[:3], *CHAIN[:3], CHAIN[1]]):
        cache.add(spent, tokens)
    assert {cache.newest(tokens).refresh_token for tokens in CHAIN[:3]} == {"refresh-1"}


def test_ended_session_is_forgotten() -> None:
    cache = RotatedTokens(MovableClock())
    cache.add(CHAIN[0], CHAIN[1])
    cache.add(CHAIN[2], CHAIN[3])
    cache.forget(CHAIN[1])
    assert cache.newest(CHAIN[0]) is CHAIN[0] and cache.newest(CHAIN[2]) is CHAIN[3]


def test_ended_session_is_forgotten_with_its_whole_chain() -> None:
    cache = RotatedTokens(MovableClock())
    for spent, tokens in pairwise(CHAIN[:4]):
        cache.add(spent, tokens)
    cache.add(CHAIN[4], CHAIN[5])
    cache.forget(CHAIN[3])
    assert repr(cache) == "RotatedTokens(<1>)" and cache.newest(CHAIN[4]) is CHAIN[5]


def test_reissued_token_restarts_its_minute() -> None:
    clock = MovableClock()
    cache = RotatedTokens(clock)
    cache.add(CHAIN[0], CHAIN[1])
    clock.advance(40)
    cache.add(CHAIN[0], CHAIN[2])
    clock.advance(40)
    cache.add(CHAIN[3], CHAIN[4])
    assert cache.newest(CHAIN[0]) is CHAIN[2]


def test_threads_can_share_one_cache() -> None:
    clock = MovableClock()
    cache = RotatedTokens(clock)
    failures: list[Exception] = []

    def work(thread: int) -> None:
        try:
            for number in range(400):
                spent, tokens = (Tokens("a", None, f"{thread}-{number}-{which}") for which in "ab")
                cache.add(spent, tokens)
                if number % 20 == 0:
                    clock.advance(1)
                    cache.forget(tokens)
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures
