"""Invalid, repeated and late answers to challenges, and the remedies that the errors name."""

from __future__ import annotations

import gc
from typing import Any

import anyio
import pytest

from cognito_async import DeviceSecret, SignInResult, challenges, errors
from cognito_async.local import LocalUserPool, PoolSettings
from tests.support import CLIENT_ID, DEVICE_KEY, Answer, make_user, refusal, scripted, tokens_reply

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"
SESSION = "session-one-of-twenty"
USED = refusal("NotAuthorizedException", "Invalid session for the user, session can only be used once.")
WRONG_CODE = refusal("CodeMismatchException", "Invalid code or auth state for the user.")


def issue(name: str, **parameters: str) -> dict[str, Any]:
    return {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": {"USERNAME": "alice", **parameters}}


async def start_sign_in(*answers: Answer, name: str = "SMS_MFA", **options: Any) -> tuple[Any, Any]:
    pool, recorder = scripted(issue(name), *answers, **options)
    return (await pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).challenge, recorder


async def local_pool() -> LocalUserPool:
    local = LocalUserPool(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    await make_user(local)
    return local


# --- invalid codes ---

WIDE = "".join(chr(0xFF10 + digit) for digit in range(1, 7))
UNUSUAL_CODES = [" ", " 123 456 ", "12345", WIDE, "\x00\x1b[2J", "x" * 100_000, "🙂" * 6]


@pytest.mark.parametrize("code", UNUSUAL_CODES)
@pytest.mark.table
async def test_unusual_codes_are_sent_unchanged(code: str) -> None:
    challenge, recorder = await start_sign_in(WRONG_CODE, tokens_reply())
    with pytest.raises(errors.CodeMismatchException) as caught:
        await challenge.answer(code)
    assert recorder.calls[1][1]["ChallengeResponses"]["SMS_MFA_CODE"] == code
    assert code.strip() == "" or code not in f"{caught.value!r} {caught.value}"
    assert (await challenge.answer("123456")).signed_in


@pytest.mark.parametrize("code", ["", None, 123456, b"123456", ["1"], "12345\udc80", "x" * 300_000])
@pytest.mark.table
async def test_invalid_code_is_not_sent_and_challenge_stays_usable(code: Any) -> None:
    challenge, recorder = await start_sign_in(tokens_reply())
    with pytest.raises(errors.ConfigurationError):
        await challenge.answer(code)
    assert len(recorder.calls) == 1
    assert (await challenge.answer("123456")).signed_in


@pytest.mark.parametrize("code", [" ", "12345", "\x00", WIDE, "x" * 1000, "🙂" * 6, "\ud83d"])
@pytest.mark.table
async def test_local_pool_accepts_the_right_code_after_a_bad_one(
    code: str,
) -> None:
    local = await local_pool()
    challenge = (await local.user_pool().sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(challenge, challenges.EmailOtp)
    sent = local.outbox[-1].code
    with pytest.raises((errors.CodeMismatchException, errors.InvalidParameterException, errors.ConfigurationError)):
        await challenge.answer(code)
    await challenge.answer(sent)


# --- repeated and late answers ---


async def test_second_use_of_a_session_is_explained() -> None:
    local = await local_pool()
    pool = local.user_pool()
    challenge = (await pool.sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(challenge, challenges.EmailOtp)
    code = local.outbox[-1].code
    await challenge.answer(code)
    with pytest.raises(errors.NotAuthorizedException, match="only be used once: sign in again"):
        await challenge.answer(code)
    again = (await pool.sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(again, challenges.EmailOtp)
    await again.answer(local.outbox[-1].code)


async def test_one_of_two_concurrent_answers_succeeds() -> None:
    local = await local_pool()
    challenge = (await local.user_pool().sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(challenge, challenges.EmailOtp)
    code = local.outbox[-1].code
    outcomes: list[SignInResult | errors.CognitoError] = []

    async def answer() -> None:
        try:
            outcomes.append(await challenge.answer(code))
        except errors.CognitoError as error:
            outcomes.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(answer)
        group.start_soon(answer)
    assert sorted(type(each).__name__ for each in outcomes) == ["NotAuthorizedException", "SignInResult"]


async def test_late_answer_is_explained() -> None:
    local = await local_pool()
    pool = local.user_pool()
    challenge = (await pool.sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(challenge, challenges.EmailOtp)
    code = local.outbox[-1].code
    local.clock.advance(3600)
    for late in (challenge, pool.resume(challenge.to_state())):
        assert isinstance(late, challenges.EmailOtp)
        with pytest.raises(errors.NotAuthorizedException, match="session is expired: sign in again"):
            await late.answer(code)
    again = (await pool.sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(again, challenges.EmailOtp) and await again.answer(local.outbox[-1].code)


@pytest.mark.parametrize("text", ["Incorrect username or password.", "", "Fehler"])
async def test_other_refusals_keep_the_service_message(text: str) -> None:
    challenge, _ = await start_sign_in(refusal("NotAuthorizedException", text), name="PASSWORD")
    with pytest.raises(errors.NotAuthorizedException) as caught:
        await challenge.answer(PASSWORD)
    assert caught.value.message == text


async def test_used_or_foreign_sign_up_session_is_explained() -> None:
    local = LocalUserPool(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    pool = local.user_pool()
    confirmed = []
    for name in ("alice", "bob"):
        signed_up = await pool.sign_up(name, attributes={"email": f"{name}@example.com"})
        confirmed.append(await pool.confirm_sign_up(name, local.outbox[-1].code, sign_up=signed_up))
    alice, bob = confirmed
    alice._carried, bobs = bob._carried, alice._carried
    with pytest.raises(errors.NotAuthorizedException, match=r"Invalid session.*: sign in again"):
        await pool.auto_sign_in(alice)
    alice._carried = bobs
    assert (await pool.auto_sign_in(alice)).user.username == "alice"
    with pytest.raises(errors.NotAuthorizedException, match="only be used once: sign in again"):
        await pool.auto_sign_in(alice)
    with pytest.raises(errors.ConfigurationError, match="not of another one"):
        await pool.confirm_sign_up("carol", "123456", sign_up=signed_up)


async def test_answer_with_a_lost_reply_is_not_retried() -> None:
    challenge, recorder = await start_sign_in(ConnectionResetError("gone"), tokens_reply())
    with pytest.raises(errors.OutcomeUnknown):
        await challenge.answer("123456")
    assert len(recorder.calls) == 2
    assert (await challenge.answer("123456")).signed_in


async def test_refused_answer_is_not_retried() -> None:
    challenge, recorder = await start_sign_in(USED)
    with pytest.raises(errors.NotAuthorizedException):
        await challenge.answer("123456")
    assert len(recorder.calls) == 2


# --- devices of another pool ---


async def test_device_of_another_pool_is_refused_before_sending() -> None:
    device = DeviceSecret(("eu-central-1_Other", CLIENT_ID), "alice", DEVICE_KEY, "-grpKey", "password")
    pool, recorder = scripted(issue("SMS_MFA"))
    with pytest.raises(errors.ConfigurationError, match="another user pool"):
        await pool.sign_in("alice", PASSWORD, device=device)
    assert not recorder.calls
    challenge = (await pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).challenge
    assert challenge is not None
    with pytest.raises(errors.ConfigurationError, match="another user pool"):
        pool.resume(challenge.to_state(), device=device)


# --- memory ---


async def test_sent_passwords_are_not_held_in_memory() -> None:
    challenge, _ = await start_sign_in(WRONG_CODE, issue("SMS_MFA"), name="NEW_PASSWORD_REQUIRED")
    secrets = {PASSWORD, "N3w-Passw0rd!"}
    with pytest.raises(errors.CodeMismatchException):
        await challenge.answer("N3w-Passw0rd!")
    result = await challenge.answer("N3w-Passw0rd!")
    seen: set[int] = set()
    waiting: list[Any] = [challenge._pending, challenge._context, result.challenge, result.user]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, type) or callable(thing) or type(thing).__name__ == "module":
            continue
        seen.add(id(thing))
        assert not (isinstance(thing, str) and thing in secrets)
        if not type(thing).__module__.startswith(("anyio", "httpx", "_pytest", "asyncio", "trio", "tests")):
            waiting += gc.get_referents(thing)
    assert len(seen) > 30, "the search must have visited the objects"
