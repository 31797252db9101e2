"""MFA_SETUP in several requests: one returns the app's secret, a later one sends a code, and some of them fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio.lowlevel
import pytest

from cognito_async import challenges, errors
from cognito_async.local import LocalUserPool, MovableClock, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.support import Answer, Recorder, make_user, refusal, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"
KEY = "k" * 32
SESSION, ASSOCIATED = "session-one-of-twenty", "session-two-of-twenty"
SETUP = {"ChallengeName": "MFA_SETUP", "Session": SESSION, "ChallengeParameters": {"USERNAME": "alice"}}
ASSOCIATION = {"SecretCode": "MZXW6YTB", "Session": ASSOCIATED}


async def start_setup(*answers: Answer) -> tuple[challenges.MfaSetup, Recorder]:
    """Start a sign-in with MFA_SETUP. The server then sends these replies."""
    pool, recorder = scripted(SETUP, *answers)
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert isinstance(challenge, challenges.MfaSetup)
    return challenge, recorder


def sessions(recorder: Recorder) -> list[str]:
    return [body["Session"] for _, body in recorder.calls[1:]]


async def test_app_is_verified_in_another_process() -> None:
    local = LocalUserPool(PoolSettings(mfa="ON", mfa_methods=("SOFTWARE_TOKEN_MFA",)))
    await make_user(local)
    asked = (await local.user_pool().sign_in("alice", PASSWORD)).challenge
    assert isinstance(asked, challenges.MfaSetup)
    secret = (await asked.associate()).secret
    state = asked.to_state(KEY)

    resumed = local.user_pool().resume(state, KEY)
    assert isinstance(resumed, challenges.MfaSetup)
    right = totp_code(secret, local.clock.now())
    with pytest.raises(errors.EnableSoftwareTokenMFAException):
        await resumed.verify(f"{(int(right) + 1) % 1_000_000:06}")
    resumed_again = local.user_pool().resume(resumed.to_state(KEY), KEY)
    assert isinstance(resumed_again, challenges.MfaSetup)
    result = await resumed_again.verify(right, "my phone")
    assert result.signed_in and (await result.user.mfa_preference()).enabled == ("SOFTWARE_TOKEN_MFA",)


async def test_signed_in_user_verifies_an_app_in_another_process() -> None:
    local = LocalUserPool(PoolSettings(mfa="OPTIONAL"))
    await make_user(local)
    user = (await local.user_pool().sign_in("alice", PASSWORD)).user
    secret = (await user.setup_totp()).secret
    again = local.user_pool().user_from_state(user.to_state(KEY), KEY)
    await again.verify_totp(totp_code(secret, local.clock.now()), "my phone")
    await again.set_mfa_preference(totp="PREFERRED")
    assert (await user.mfa_preference()).preferred == "SOFTWARE_TOKEN_MFA"


async def test_verify_needs_an_associated_app() -> None:
    local = LocalUserPool(PoolSettings(mfa="ON", mfa_methods=("SOFTWARE_TOKEN_MFA",)))
    await make_user(local)
    asked = (await local.user_pool().sign_in("alice", PASSWORD)).challenge
    assert isinstance(asked, challenges.MfaSetup)
    with pytest.raises(errors.ServiceError):
        await asked.verify("123456")
    setup = await asked.associate()
    assert (await setup.verify(totp_code(setup.secret, local.clock.now()))).signed_in


async def test_second_association_is_verified_again() -> None:
    success, failed = {"Status": "SUCCESS"}, refusal("InternalErrorException", status=500)
    first, second = {"SecretCode": "A" * 16}, {"SecretCode": "B" * 16}
    challenge, recorder = await start_setup(first, success, failed, second, success, tokens_reply())
    await challenge.associate()
    with pytest.raises(errors.InternalErrorException):
        await challenge.verify("123456")
    setup = await challenge.associate()
    assert setup.secret == "B" * 16 and (await setup.verify("654321")).signed_in
    assert recorder.operations.count("VerifySoftwareToken") == 2


async def test_newest_session_is_sent_after_a_failed_verification() -> None:
    newest = "session-after-an-error"
    wrong, right = {"Status": "ERROR", "Session": newest}, {"Status": "SUCCESS"}
    challenge, recorder = await start_setup(ASSOCIATION, wrong, right, tokens_reply())
    setup = await challenge.associate()
    with pytest.raises(errors.EnableSoftwareTokenMFAException):
        await setup.verify("000000")
    assert (await setup.verify("123456")).signed_in
    assert sessions(recorder) == [SESSION, ASSOCIATED, newest, newest]


async def test_email_can_be_set_up_after_an_association() -> None:
    challenge, recorder = await start_setup(ASSOCIATION, tokens_reply())
    await challenge.associate()
    assert (await challenge.set_up_email("alice@example.com")).signed_in
    assert sessions(recorder) == [SESSION, ASSOCIATED]


Step = Callable[[challenges.MfaSetup], Awaitable[Any]]
STEPS: list[Step] = [lambda c: c.associate(), lambda c: c.verify("123456"), lambda c: c.set_up_email("a@example.com")]


@pytest.mark.parametrize("step", STEPS)
async def test_expired_session_is_explained(step: Step) -> None:
    expired = refusal("NotAuthorizedException", "Invalid session for the user, session is expired.")
    challenge, recorder = await start_setup(expired)
    with pytest.raises(errors.NotAuthorizedException, match="session is expired: sign in again") as caught:
        await step(challenge)
    assert (caught.value.code, caught.value.status_code) == ("NotAuthorizedException", 400)
    assert len(recorder.calls) == 2


async def test_verify_and_answer_share_one_timeout() -> None:
    clock = MovableClock()

    async def answer(operation: str, body: dict[str, Any]) -> Answer:
        clock.advance(0 if operation == "InitiateAuth" else 4)
        await anyio.lowlevel.checkpoint()
        replies: dict[str, Answer] = {"InitiateAuth": SETUP, "VerifySoftwareToken": {"Status": "SUCCESS"}}
        return replies.get(operation, tokens_reply())

    pool, recorder = serving(answer, clock=clock)
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert isinstance(challenge, challenges.MfaSetup)
    with pytest.raises(errors.OutcomeUnknown):
        await challenge.verify("123456", timeout=6)
    assert (await challenge.verify("123456", timeout=6)).signed_in
    assert recorder.operations[1:] == ["VerifySoftwareToken", *["RespondToAuthChallenge"] * 2]
