"""What came in the place of spent refresh tokens: found by old copies for a minute, and gone after that."""

from __future__ import annotations

import sys
from itertools import pairwise
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from cognito_async import Tokens
from cognito_async._session.rotated_tokens import RotatedTokens
from cognito_async.local import MovableClock

LINE = [Tokens(f"access-{number}", None, f"refresh-{number}") for number in range(6)]


@given(known=st.integers(0, 5), asked=st.integers(0, 5))
def test_newest_returns_the_end_of_the_chain(known: int, asked: int) -> None:
    successors = RotatedTokens(MovableClock())
    for spent, tokens in pairwise(LINE[: known + 1]):
        successors.add(spent, tokens)
    assert successors.newest(LINE[asked]) is LINE[max(asked, known)]


def test_entries_are_dropped_after_a_minute() -> None:
    clock = MovableClock()
    successors = RotatedTokens(clock)
    successors.add(LINE[0], LINE[1])
    clock.advance(59)
    assert successors.newest(LINE[0]) is LINE[1]
    clock.advance(1)
    assert successors.newest(LINE[0]) is LINE[0]
    successors.add(LINE[2], LINE[3])
    assert repr(successors) == "RotatedTokens(<1>)"


def test_reissued_tokens_do_not_form_a_circle() -> None:
    successors = RotatedTokens(MovableClock())
    for spent, tokens in pairwise([*LINE[:3], *LINE[:3], LINE[1]]):
        successors.add(spent, tokens)
    assert {successors.newest(tokens).refresh_token for tokens in LINE[:3]} == {"refresh-1"}


def test_ended_session_is_forgotten() -> None:
    successors = RotatedTokens(MovableClock())
    successors.add(LINE[0], LINE[1])
    successors.add(LINE[2], LINE[3])
    successors.forget(LINE[1])
    assert successors.newest(LINE[0]) is LINE[0] and successors.newest(LINE[2]) is LINE[3]


def test_ended_session_is_forgotten_with_its_whole_chain() -> None:
    successors = RotatedTokens(MovableClock())
    for spent, tokens in pairwise(LINE[:4]):
        successors.add(spent, tokens)
    successors.add(LINE[4], LINE[5])
    successors.forget(LINE[3])
    assert repr(successors) == "RotatedTokens(<1>)" and successors.newest(LINE[4]) is LINE[5]


def test_reissued_token_restarts_its_minute() -> None:
    clock = MovableClock()
    successors = RotatedTokens(clock)
    successors.add(LINE[0], LINE[1])
    clock.advance(40)
    successors.add(LINE[0], LINE[2])
    clock.advance(40)
    successors.add(LINE[3], LINE[4])
    assert successors.newest(LINE[0]) is LINE[2]


def test_threads_can_share_one_cache() -> None:
    clock = MovableClock()
    successors = RotatedTokens(clock)
    failures: list[Exception] = []

    def work(thread: int) -> None:
        try:
            for number in range(400):
                spent, tokens = (Tokens("a", None, f"{thread}-{number}-{which}") for which in "ab")
                successors.add(spent, tokens)
                if number % 20 == 0:
                    clock.advance(1)
                    successors.forget(tokens)
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
