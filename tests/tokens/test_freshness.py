"""When tokens are due for a refresh: 1 to 5 minutes before they expire, or less if they are short-lived."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cognito_async import Tokens
from cognito_async._tokens.freshness import Freshness
from tests.support import jwt

NOW = datetime(2026, 3, 3, 4, 5, 6, tzinfo=timezone.utc)
BEGINS = int(NOW.timestamp())


def tokens(lifetime: int, **claims: Any) -> Tokens:
    return Tokens(jwt(exp=BEGINS + lifetime, iat=BEGINS, **claims), None, "refresh")


# The share selects the due time between two limits: 0 is the latest, 1 the earliest.
@given(lifetime=st.integers(300, 86_400), share=st.floats(0, 1))
def test_tokens_are_due_in_the_last_fifth_of_their_lifetime(lifetime: int, share: float) -> None:
    fresh = Freshness.of(tokens(lifetime), share)
    assert fresh.due is not None and fresh.ends == NOW + timedelta(seconds=lifetime)
    left = (fresh.ends - fresh.due).total_seconds()
    assert min(60, lifetime / 20) - 1 <= left <= min(300, lifetime / 5) + 1
    assert not fresh.is_due(NOW) and fresh.is_due(fresh.due)
    assert not fresh.is_expired(fresh.due) and fresh.is_expired(fresh.ends)


@given(lifetime=st.integers(300, 86_400), one=st.floats(0, 1), other=st.floats(0, 1))
def test_larger_share_makes_tokens_due_earlier(lifetime: int, one: float, other: float) -> None:
    first, second = (Freshness.of(tokens(lifetime), share).due for share in sorted((one, other), reverse=True))
    assert first is not None and second is not None and first <= second


def test_lifetime_is_an_hour_without_a_valid_iat() -> None:
    for claims in ({}, {"iat": "yesterday"}, {"iat": True}, {"iat": BEGINS + 9999}, {"iat": 1e300}):
        fresh = Freshness.of(Tokens(jwt(exp=BEGINS + 3600, **claims), None, "refresh"), 1.0)
        assert fresh.due == NOW + timedelta(seconds=3300)
    opaque = Freshness.of(Tokens("opaque", None, "refresh", expires_at=NOW + timedelta(hours=1)), 0.0)
    assert opaque.due == NOW + timedelta(seconds=3540)


def test_token_that_expires_first_decides_the_due_time() -> None:
    id_token = jwt(exp=BEGINS + 600, iat=BEGINS)
    fresh = Freshness.of(Tokens(jwt(exp=BEGINS + 3600, iat=BEGINS), id_token, "refresh"), 0.0)
    assert fresh.due == NOW + timedelta(seconds=570) and fresh.ends == NOW + timedelta(hours=1)
    longer = Freshness.of(Tokens(jwt(exp=BEGINS + 600, iat=BEGINS), jwt(exp=BEGINS + 9999), "refresh"), 0.0)
    assert longer.due == NOW + timedelta(seconds=570)


def test_tokens_without_expiry_are_never_due() -> None:
    fresh = Freshness.of(Tokens("opaque", "opaque", "refresh"), 1.0)
    assert not fresh.is_due(NOW) and not fresh.is_expired(NOW) and fresh.due is None
