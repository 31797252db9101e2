"""Calls that are refused again and again cause few refreshes, and the end of the session is noticed anyway."""

from __future__ import annotations

from itertools import count, pairwise

import pytest

from cognito_async import Tokens, errors
from cognito_async._session.checked_tokens import _MOST_REFUSALS, _MOST_TOKENS, CheckedTokens, Refusal
from tests.session.refusing import NO_SCOPE, OVER, PROOFS, REFRESH, REVOKED, refused_user
from tests.session.token_service import HOUR, pool_of
from tests.support import USER_CALLS, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]


@pytest.mark.parametrize("name", [name for name in USER_CALLS if name not in PROOFS])
async def test_permanent_refusal_causes_one_refresh(name: str) -> None:
    user, recorder, service = refused_user()
    service.refuse = lambda operation: NO_SCOPE
    for _ in range(20):
        with pytest.raises(errors.NotAuthorizedException, match="required scopes"):
            await USER_CALLS[name](user)
        service.clock.advance(30)
    assert recorder.operations.count(REFRESH) == 1 and user.signed_in
    service.clock.advance(HOUR)
    with pytest.raises(errors.NotAuthorizedException):
        await USER_CALLS[name](user)
    assert recorder.operations.count(REFRESH) <= 3, "the refresh of an expired token, and a check of the new one"


async def test_alternating_refusals_cause_one_refresh_each() -> None:
    user, recorder, service = refused_user()
    service.refuse = lambda operation: refusal("NotAuthorizedException", operation)
    calls = [USER_CALLS[name] for name in ("attributes", "update_attributes", "devices")]
    for _ in range(5):
        for call in calls:
            with pytest.raises(errors.NotAuthorizedException):
                await call(user)
    assert recorder.operations.count(REFRESH) == len(calls)


async def test_ever_different_refusals_cause_few_refreshes() -> None:
    user, recorder, service = refused_user()
    numbers = count()
    service.refuse = lambda operation: refusal("NotAuthorizedException", f"reason {next(numbers)}")
    for _ in range(5 * _MOST_REFUSALS):
        with pytest.raises(errors.NotAuthorizedException):
            await user.attributes()
    assert recorder.operations.count(REFRESH) == _MOST_REFUSALS


@pytest.mark.parametrize("name", ["attributes", "update_attributes"])
async def test_copies_of_a_checked_token_are_not_checked_again(name: str) -> None:
    """For example, each request of a browser has a copy of the session, from the same cookies."""
    user, recorder, service = refused_user()
    pool, state = pool_of(user), user.to_state()
    service.refuse = lambda operation: NO_SCOPE
    for _ in range(10):
        copy = pool.user_from_state(state)
        with pytest.raises(errors.NotAuthorizedException):
            await USER_CALLS[name](copy)
        assert copy.signed_in
    assert recorder.operations.count(REFRESH) == 1


async def test_end_is_noticed_after_a_refusal_for_another_reason() -> None:
    user, recorder, service = refused_user()
    service.refused["GetUser"] = NO_SCOPE
    for _ in range(3):
        with pytest.raises(errors.NotAuthorizedException):
            await user.attributes()
    service.refused["GetUser"] = REVOKED
    service.refreshes.append(OVER)
    with pytest.raises(errors.SessionExpired):
        await user.attributes()
    assert recorder.operations.count(REFRESH) == 2


@pytest.mark.parametrize("rounds", [1, 3])
async def test_end_is_noticed_after_refusals_that_a_refresh_has_cured(rounds: int) -> None:
    user, recorder, service = refused_user()
    for _ in range(rounds):
        service.refused[user.tokens.access_token] = REVOKED
        await user.attributes()
    service.refused[user.tokens.access_token] = REVOKED
    service.refreshes.append(OVER)
    with pytest.raises(errors.SessionExpired):
        await user.attributes()
    assert recorder.operations.count(REFRESH) == rounds + 1


def test_memory_of_checked_tokens_is_limited() -> None:
    checked, refused = CheckedTokens(), Refusal("GetUser", "NotAuthorizedException", "no")
    tokens = [Tokens(f"token-{number}") for number in range(_MOST_TOKENS + 10)]
    for before, after in pairwise(tokens):
        checked.add(before, after, refused, is_copied=True)
    assert not checked.explain(tokens[0], refused) and checked.explain(tokens[-1], refused)
    assert repr(checked) == f"CheckedTokens(<{_MOST_TOKENS}>)"
