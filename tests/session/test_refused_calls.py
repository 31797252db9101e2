"""A refused call is checked by one refresh: it ends the session, repeats the call, or leaves the error as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import MemoryStore, errors
from cognito_async.local import LocalUserPool, MovableClock
from tests.session.refusing import HARMLESS, NO_SCOPE, OVER, PROOFS, REFRESH, REVOKED, Refusing, Stored, refused_user
from tests.session.token_service import HOUR
from tests.support import USER_CALLS, Answer, make_user, recording, refusal, serving

pytestmark = [pytest.mark.anyio, pytest.mark.table]

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


async def test_tokens_that_are_issued_expired_cause_few_refreshes() -> None:
    """The clock of the service is wrong: every token seems to have expired."""

    class Wrong(Refusing):
        def times(self, seconds: int = HOUR) -> dict[str, int]:
            return super().times(-HOUR)

    clock = MovableClock()
    service = Wrong(clock)
    service.refuse = lambda operation: NO_SCOPE
    pool, recorder = serving(service, clock=clock)
    user = pool.user_from_tokens(service.tokens())
    with pytest.raises(errors.NotAuthorizedException):
        await user.attributes()
    assert recorder.operations.count(REFRESH) == 2 and user.signed_in, "one before the call, and one after it"


async def test_failed_refresh_of_a_token_that_expires_during_the_call_is_raised() -> None:
    user, recorder, service = refused_user(timeout=None)

    def refuse(operation: str) -> Answer:
        service.clock.advance(2 * HOUR)
        return refusal("NotAuthorizedException", "Access Token has expired")

    service.refuse = refuse
    service.refreshes.append(refusal("TooManyRequestsException", "Rate exceeded"))
    with pytest.raises(errors.TooManyRequestsException):
        await user.attributes()
    assert recorder.operations == ["GetUser", REFRESH] and user.signed_in


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
