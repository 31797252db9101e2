"""A refused call is checked by one refresh: it ends the session, repeats the call, or leaves the error as it is."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import MemoryStore, Tokens, errors
from cognito_async._session.checked_tokens import _MOST_REFUSALS, _MOST_TOKENS, CheckedTokens, Refusal
from cognito_async.local import LocalUserPool, MovableClock
from tests.session.refusing import HARMLESS, NO_SCOPE, OVER, PROOFS, REFRESH, REVOKED, Stored, refused_user
from tests.session.token_service import HOUR, pool_of
from tests.support import USER_CALLS, Answer, make_user, recording, refusal

pytestmark = pytest.mark.anyio

REFUSALS = ["NotAuthorizedException", "UserNotFoundException", "PasswordResetRequiredException"]
REFUSALS += ["UserNotConfirmedException"]


@pytest.mark.parametrize("name", USER_CALLS)
@pytest.mark.parametrize("code", REFUSALS)
async def test_harmless_call_is_repeated_after_a_refresh(name: str, code: str) -> None:
    user, recorder, service = refused_user()
    service.refused[user.tokens.access_token] = refusal(code, "no")
    if name in HARMLESS:
        await USER_CALLS[name](user)
        first, renewal, second = recorder.operations
        assert first == second and renewal == REFRESH
        assert recorder.calls[2][1]["AccessToken"] == user.tokens.access_token
    else:
        with pytest.raises(getattr(errors, code), match="no"):
            await USER_CALLS[name](user)
        is_checked = name not in PROOFS or code != "NotAuthorizedException"
        assert recorder.operations[1:] == [REFRESH] * is_checked
    assert user.signed_in


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("renewal", [*REFUSALS, "RefreshTokenReuseException"])
async def test_refused_refresh_ends_the_session(code: str, renewal: str) -> None:
    user, recorder, service = refused_user()
    service.refused["GetUser"] = refusal(code, "no")
    service.refreshes.append(refusal(renewal, "no"))
    with pytest.raises(errors.SessionExpired) as caught:
        await user.attributes()
    assert caught.value.code == renewal and not user.signed_in
    assert recorder.operations == ["GetUser", REFRESH]


@pytest.mark.parametrize(
    "answer",
    [
        refusal("InvalidParameterException", "no"),
        refusal("ResourceNotFoundException", "User pool client does not exist."),
        refusal("TooManyRequestsException", "Rate exceeded"),
        refusal("ForbiddenException", "no"),
        refusal("NewException", "no"),
        (502, {}),
        httpx.ReadError("gone"),
    ],
)
@pytest.mark.parametrize("name", USER_CALLS)
async def test_other_errors_are_not_checked(name: str, answer: Answer) -> None:
    user, recorder, service = refused_user()
    service.refused[user.tokens.access_token] = answer
    with pytest.raises(errors.CognitoError):
        await USER_CALLS[name](user)
    assert len(recorder.calls) == 1 and user.signed_in


@pytest.mark.parametrize(
    ("failure", "options"),
    [
        (httpx.ConnectError("down"), {}),
        (httpx.ReadError("lost"), {}),
        (refusal("TooManyRequestsException", "Rate exceeded"), {}),
        (refusal("InternalErrorException", "oops", 500), {}),
        (refusal("UserLambdaValidationException", "PreTokenGeneration failed with error no"), {}),
        (refusal("NotAuthorizedException", "Unable to verify client secret for client"), {"client_secret": "s" * 24}),
        ({"AuthenticationResult": {}}, {}),
    ],
)
async def test_failed_check_leaves_the_error_and_the_session(failure: Answer, options: Any) -> None:
    user, recorder, service = refused_user(**options)
    before = user.tokens
    service.refused["GetUser"] = REVOKED
    service.refreshes += [failure, OVER]
    for _ in range(3):
        with pytest.raises(errors.NotAuthorizedException, match="Access Token has been revoked"):
            await user.attributes()
    assert user.tokens is before and recorder.operations.count(REFRESH) == 1, "the next check must come later"
    service.clock.advance(16)
    with pytest.raises(errors.SessionExpired):
        await user.attributes()


async def test_check_ends_at_the_deadline_of_the_call() -> None:
    user, recorder, service = refused_user()
    asked = anyio.Event()

    async def answer(operation: str, body: dict[str, Any]) -> Answer:
        if operation == REFRESH:
            asked.set()
            await anyio.sleep_forever()
        return REVOKED

    async def call() -> None:
        with pytest.raises(errors.NotAuthorizedException):
            await user.attributes(timeout=10)

    recorder.answers = answer
    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await asked.wait()
        service.clock.advance(11)
    assert user.signed_in


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


async def test_refused_repetition_is_raised_and_not_checked() -> None:
    user, recorder, service = refused_user()
    service.refused["GetUser"] = REVOKED
    with pytest.raises(errors.NotAuthorizedException):
        await user.attributes()
    assert recorder.operations == ["GetUser", REFRESH, "GetUser"]


@pytest.mark.parametrize("name", ["attributes", "update_attributes", "change_password", "delete"])
async def test_call_with_an_expired_token_is_repeated(name: str) -> None:
    """The local clock is slow, and only the reply that refuses the call shows that the token has expired."""

    class Slow(MovableClock):
        def now(self) -> Any:
            return local.clock.now() - timedelta(hours=2)

    local = LocalUserPool()
    await make_user(local)
    state = (await local.user_pool().sign_in("alice", "Passw0rd!")).user.to_state()
    local.clock.advance(HOUR + 60)
    with recording(local, clock=Slow()) as (pool, recorder):
        user = pool.user_from_state(state)
        if name == "change_password":
            await user.change_password("Passw0rd!", "Another-passw0rd")
        else:
            await USER_CALLS[name](user)
    first, renewal, second = recorder.operations
    assert first == second and renewal == REFRESH


async def test_wrong_time_of_the_service_causes_one_refresh_for_a_call() -> None:
    """The reply has a date at which every token has expired."""
    user, recorder, service = refused_user()
    service.refuse = lambda operation: NO_SCOPE
    user._connected().client.state.pipeline.service_time.observe("Fri, 01 Jan 2100 00:00:00 GMT")
    recorder.calls.clear()
    with pytest.raises(errors.NotAuthorizedException):
        await user.attributes()
    assert recorder.operations.count(REFRESH) <= 2 and user.signed_in


async def test_tokens_that_could_not_be_saved_are_used() -> None:
    class ReadOnly(MemoryStore):
        broken = False

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            if self.broken:
                raise OSError("read only")
            return await super().save(key, text, expected=expected)

    store = ReadOnly()
    stored = await Stored(store).adopted()
    store.broken = True
    stored.service.refused[stored.user.tokens.access_token] = REVOKED
    await stored.user.attributes()
    assert stored.recorder.operations == ["GetUser", REFRESH, "GetUser"]
    assert stored.user.tokens.refresh_token == "refresh-1"
    assert stored.events == [("token_refresh", OSError)]


async def test_unreadable_store_leaves_the_error_and_the_session() -> None:
    class Away(MemoryStore):
        away = False

        async def load(self, key: str) -> Any:
            if self.away:
                raise OSError("away")
            return await super().load(key)

    store = Away()
    stored = await Stored(store).adopted()
    store.away = True
    stored.service.refused["GetUser"] = REVOKED
    with pytest.raises(errors.NotAuthorizedException):
        await stored.user.attributes()
    assert stored.user.signed_in and stored.recorder.operations == ["GetUser"]


async def test_check_that_works_is_reported_as_a_refresh() -> None:
    stored = await Stored().adopted()
    stored.service.refused[stored.user.tokens.access_token] = REVOKED
    await stored.user.attributes()
    assert stored.events == [("token_refresh", None)]
    again = await stored.pool.auth(store=stored.store).current_user()
    assert again.tokens.refresh_token == "refresh-1"


async def test_session_removed_from_the_store_ends_at_a_refused_call() -> None:
    stored = await Stored().adopted()
    stored.service.refused["GetUser"] = REVOKED
    await stored.store.delete(next(key for key in stored.store._records if key.startswith("session")))
    with pytest.raises(errors.SessionExpired, match="another program"):
        await stored.user.attributes()
    assert stored.recorder.operations == ["GetUser"] and not stored.user.signed_in
    assert stored.events == [("sign_out", errors.SessionExpired)]


async def test_step_up_with_a_password_is_not_checked() -> None:
    user, recorder, service = refused_user()
    service.refused["InitiateAuth"] = refusal("NotAuthorizedException", "Incorrect username or password.")
    with pytest.raises(errors.NotAuthorizedException):
        await user.step_up(["urn:high"], password="wrong", preferred_challenge="PASSWORD")
    assert recorder.operations == ["InitiateAuth"] and user.signed_in


async def test_refused_answer_of_a_step_up_is_not_checked() -> None:
    user, recorder, service = refused_user()
    challenge = {"ChallengeName": "EMAIL_OTP", "Session": "x" * 20, "ChallengeParameters": {}}
    service.refused |= {"InitiateAuth": challenge, "RespondToAuthChallenge": refusal("NotAuthorizedException", "no")}

    async def answer(challenge: Any) -> Any:
        return await challenge.answer("12345678")

    with pytest.raises(errors.NotAuthorizedException):
        await user.step_up(["urn:high"], on_challenge=answer)
    assert recorder.operations == ["InitiateAuth", "RespondToAuthChallenge"] and user.signed_in


def test_memory_of_checked_tokens_is_limited() -> None:
    checked, refused = CheckedTokens(), Refusal("GetUser", "NotAuthorizedException", "no")
    tokens = [Tokens(f"token-{number}") for number in range(_MOST_TOKENS + 10)]
    for before, after in pairwise(tokens):
        checked.add(before, after, refused, is_copied=True)
    assert not checked.explain(tokens[0], refused) and checked.explain(tokens[-1], refused)
    assert repr(checked) == f"CheckedTokens(<{_MOST_TOKENS}>)"
