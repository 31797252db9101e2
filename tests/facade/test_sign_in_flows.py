"""All flows of a sign-in, `on_challenge`, sign-ins after a sign-up, step-up, and password recovery."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cognito_async import SignInResult, Tokens, UserPool, challenges, errors
from cognito_async.local import MovableClock
from tests.support import jwt, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

SESSION = "session-one-of-twenty"
NEWER = "session-two-of-twenty"
ACR = ["urn:high", "urn:low"]


def issue(name: str, session: str = SESSION, **parameters: str) -> dict[str, Any]:
    return {"ChallengeName": name, "Session": session, "ChallengeParameters": {"USERNAME": "alice", **parameters}}


VERIFIER = issue("PASSWORD_VERIFIER", USER_ID_FOR_SRP="alice", SRP_B="2", SALT="0a", SECRET_BLOCK="AA==")
SIGNED_UP = {"UserConfirmed": False, "UserSub": "alice-sub", "Session": SESSION}

FLOWS: list[tuple[dict[str, Any], str, dict[str, str]]] = [
    ({"flow": "CUSTOM_AUTH"}, "CUSTOM_AUTH", {}),
    ({"flow": "CUSTOM_AUTH", "password": "p"}, "CUSTOM_AUTH", {"CHALLENGE_NAME": "SRP_A", "SRP_A": "…"}),
    ({"flow": "USER_AUTH"}, "USER_AUTH", {}),
    ({"flow": "USER_AUTH", "preferred_challenge": "EMAIL_OTP"}, "USER_AUTH", {"PREFERRED_CHALLENGE": "EMAIL_OTP"}),
    ({"flow": "USER_AUTH", "password": "p"}, "USER_AUTH", {"PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": "…"}),
    (
        {"flow": "USER_AUTH", "password": "p", "preferred_challenge": "PASSWORD_SRP"},
        "USER_AUTH",
        {"PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": "…"},
    ),
    (
        {"flow": "USER_AUTH", "password": "p", "preferred_challenge": "PASSWORD"},
        "USER_AUTH",
        {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "p"},
    ),
    (
        {"flow": "USER_AUTH", "target_acr_values": ACR, "max_age": 60},
        "USER_AUTH",
        {"TARGET_ACR_VALUES": "urn:high urn:low", "MAX_AGE": "60"},
    ),
    ({"flow": "USER_PASSWORD_AUTH", "password": "p"}, "USER_PASSWORD_AUTH", {"PASSWORD": "p"}),
    ({"password": "p"}, "USER_SRP_AUTH", {"SRP_A": "…"}),
]


@pytest.mark.parametrize(("options", "flow", "parameters"), FLOWS)
@pytest.mark.table
async def test_each_flow_starts_with_its_parameters(
    options: dict[str, Any], flow: str, parameters: dict[str, str]
) -> None:
    pool, recorder = scripted(tokens_reply())
    assert (await pool.sign_in("alice", **options)).signed_in
    _, body = recorder.calls[0]
    assert body["AuthFlow"] == flow and "Session" not in body
    given = body["AuthParameters"]
    if "SRP_A" in given:
        int(given["SRP_A"], 16)
        given["SRP_A"] = "…"
    assert given == {"USERNAME": "alice", **parameters}


REFUSED: list[dict[str, Any]] = [
    {},
    {"flow": "USER_PASSWORD_AUTH"},
    {"flow": "REFRESH_TOKEN_AUTH", "password": "p"},
    {"flow": 7, "password": "p"},
    {"password": ""},
    {"password": "p", "preferred_challenge": "EMAIL_OTP"},
    {"flow": "USER_AUTH", "password": "p", "preferred_challenge": "EMAIL_OTP"},
    {"flow": "USER_AUTH", "preferred_challenge": "PASSWORD"},
    {"flow": "USER_AUTH", "preferred_challenge": "PASSWORD_SRP"},
    {"flow": "USER_AUTH", "preferred_challenge": ""},
    {"password": "p", "target_acr_values": ACR},
    {"password": "p", "max_age": 60},
    {"flow": "USER_AUTH", "target_acr_values": "urn:high"},
    {"flow": "USER_AUTH", "target_acr_values": 7},
    {"flow": "USER_AUTH", "target_acr_values": [""]},
    {"flow": "USER_AUTH", "max_age": -1},
    {"flow": "USER_AUTH", "max_age": True},
    {"flow": "USER_AUTH", "max_age": 1.5},
    {"password": "p", "device": "device-key"},
]


@pytest.mark.parametrize("options", REFUSED)
@pytest.mark.table
async def test_contradictory_arguments_are_refused_before_sending(options: dict[str, Any]) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.ConfigurationError):
        await pool.sign_in("alice", **options)
    assert recorder.calls == []


async def test_custom_auth_continues_after_srp() -> None:
    pool, recorder = scripted(VERIFIER, issue("CUSTOM_CHALLENGE", NEWER, question="6 * 7"), tokens_reply())
    challenge = (await pool.sign_in("alice", "p", flow="CUSTOM_AUTH")).challenge
    assert isinstance(challenge, challenges.CustomChallenge) and challenge.parameters["question"] == "6 * 7"
    assert (await challenge.answer("42")).signed_in
    assert [body["Session"] for _, body in recorder.calls[1:]] == [SESSION, NEWER]


# --- on_challenge ---


async def answer_sms(challenge: challenges.AnyChallenge) -> SignInResult | None:
    return await challenge.answer("123456") if isinstance(challenge, challenges.SmsMfa) else None


async def test_on_challenge_completes_the_sign_in() -> None:
    pool, recorder = scripted(issue("SMS_MFA"), issue("SMS_MFA", NEWER), tokens_reply())
    result = await pool.auth().sign_in("alice", "p", flow="USER_PASSWORD_AUTH", on_challenge=answer_sms)
    assert result.signed_in and len(recorder.calls) == 3


async def test_challenge_left_by_on_challenge_is_returned() -> None:
    pool, _ = scripted(issue("SMS_MFA"), issue("CUSTOM_CHALLENGE", NEWER))
    result = await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", on_challenge=answer_sms)
    assert isinstance(result.challenge, challenges.CustomChallenge)


async def test_error_in_on_challenge_ends_the_sign_in() -> None:
    async def fail(challenge: challenges.AnyChallenge) -> SignInResult | None:
        raise KeyError("no secret for this user")

    pool, recorder = scripted(issue("SMS_MFA"))
    auth = pool.auth()
    with pytest.raises(KeyError):
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", on_challenge=fail)
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()
    assert len(recorder.calls) == 1


async def test_on_challenge_must_return_a_result() -> None:
    async def wrong(challenge: challenges.AnyChallenge) -> Any:
        return "123456"

    pool, _ = scripted(issue("SMS_MFA"))
    with pytest.raises(errors.ConfigurationError, match="on_challenge must return"):
        await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", on_challenge=wrong)


async def test_sign_in_fails_after_25_answers_of_on_challenge() -> None:
    pool, recorder = serving(lambda operation, body: issue("SMS_MFA"))
    with pytest.raises(errors.UnexpectedChallenge, match="25"):
        await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", on_challenge=answer_sms)
    assert len(recorder.calls) == 26


# --- after a sign-up ---


async def test_auto_sign_in_uses_the_session_of_the_confirmation() -> None:
    pool, recorder = scripted(SIGNED_UP, {"Session": NEWER}, tokens_reply())
    signed_up = await pool.sign_up("alice", attributes={"email": "alice@example.com"})
    assert "Password" not in recorder.calls[0][1]
    confirmed = await pool.confirm_sign_up("alice", "123456", sign_up=signed_up)
    auth = pool.auth()
    result = await auth.auto_sign_in(confirmed)
    assert result.signed_in and await auth.current_user() is result.user
    assert recorder.calls[1][1]["Session"] == SESSION
    _, body = recorder.calls[2]
    assert (body["AuthFlow"], body["Session"]) == ("USER_AUTH", NEWER)
    assert body["AuthParameters"] == {"USERNAME": "alice"}
    for secret in (SESSION, NEWER):
        assert secret not in f"{signed_up!r}{confirmed!r}{signed_up.model_dump()}{confirmed.model_dump()}"


async def test_auto_sign_in_uses_the_session_of_the_sign_up() -> None:
    pool, recorder = scripted({**SIGNED_UP, "UserConfirmed": True}, tokens_reply())
    signed_up = await pool.sign_up("alice")
    assert (await pool.auto_sign_in(signed_up)).signed_in
    assert recorder.calls[1][1]["Session"] == SESSION


@pytest.mark.parametrize("key", [None, "k" * 32])
async def test_sign_up_is_confirmed_elsewhere_from_its_state(key: str | None) -> None:
    pool, recorder = scripted(SIGNED_UP, {"Session": NEWER}, tokens_reply())
    state = (await pool.sign_up("alice")).to_state(key)
    signed_up = pool.sign_up_from_state(state, key)
    assert (signed_up.user.username, signed_up.user_sub, signed_up.user_confirmed) == ("alice", "alice-sub", False)
    confirmed = await pool.confirm_sign_up("alice", "123456", sign_up=signed_up)
    assert recorder.calls[1][1]["Session"] == SESSION
    assert (await pool.auto_sign_in(confirmed)).signed_in


async def test_sign_up_without_a_session_has_a_state() -> None:
    pool, recorder = scripted({"UserConfirmed": False, "UserSub": "alice-sub"}, {})
    signed_up = pool.sign_up_from_state((await pool.sign_up("alice", "p")).to_state())
    await pool.confirm_sign_up("alice", "123456", sign_up=signed_up)
    assert "Session" not in recorder.calls[1][1]


async def test_auto_sign_in_without_a_session_is_explained() -> None:
    pool, recorder = scripted({}, {"Session": NEWER})
    confirmed = await pool.confirm_sign_up("alice", "123456")
    with pytest.raises(errors.ConfigurationError, match="use sign_in"):
        await pool.auto_sign_in(confirmed)
    with_session = await pool.confirm_sign_up("alice", "123456")
    for other in (type(with_session).model_validate_json(with_session.model_dump_json()), "confirmed", None):
        with pytest.raises(errors.ConfigurationError, match="use sign_in"):
            await pool.auto_sign_in(other)  # type: ignore[arg-type]
    with pytest.raises(errors.ConfigurationError, match="sign_up must be"):
        await pool.confirm_sign_up("alice", "123456", sign_up="a state")  # type: ignore[arg-type]
    assert len(recorder.calls) == 2


# --- step-up ---


def signed_in(pool: UserPool) -> Any:
    return pool.user_from_tokens(Tokens(jwt(username="alice", exp=4_000_000_000), refresh_token="refresh"))


async def test_step_up_sends_the_access_token() -> None:
    pool, recorder = scripted(issue("SMS_MFA"), tokens_reply())
    user = signed_in(pool)
    result = await user.step_up(ACR, max_age=300, on_challenge=answer_sms)
    assert result.signed_in and result.user is not user
    assert recorder.calls[0][1]["AuthParameters"] == {
        "USERNAME": "alice",
        "ACCESS_TOKEN": user.tokens.access_token,
        "TARGET_ACR_VALUES": "urn:high urn:low",
        "MAX_AGE": "300",
    }


async def test_step_up_can_prove_the_password() -> None:
    pool, recorder = scripted(VERIFIER, tokens_reply())
    assert (await signed_in(pool).step_up(ACR, password="p")).signed_in
    assert recorder.calls[0][1]["AuthParameters"]["PREFERRED_CHALLENGE"] == "PASSWORD_SRP"


async def test_step_up_and_its_refresh_share_one_timeout() -> None:
    async def answers(operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if operation == "InitiateAuth":
            await clock.sleep(6)
            return tokens_reply()
        await clock.sleep(5)
        return tokens_reply()

    clock = MovableClock(datetime(2026, 1, 1, tzinfo=timezone.utc))
    pool, recorder = serving(answers, clock=clock)
    user = pool.user_from_tokens(Tokens(jwt(username="alice", exp=1), refresh_token="refresh"))
    with pytest.raises((errors.CallTimeout, errors.OutcomeUnknown)):
        await user.step_up(ACR, timeout=10)
    assert recorder.operations == ["GetTokensFromRefreshToken", "InitiateAuth"]


REFUSED_STEP_UPS: list[Callable[[Any], Awaitable[Any]]] = [
    lambda user: user.step_up([]),
    lambda user: user.step_up("urn:high"),
    lambda user: user.step_up(ACR, max_age="1"),
    lambda user: user.step_up(ACR, password=""),
    lambda user: copy.copy(user).step_up(ACR),
]


@pytest.mark.parametrize("call", REFUSED_STEP_UPS)
@pytest.mark.table
async def test_step_up_with_invalid_arguments_is_refused(call: Callable[[Any], Awaitable[Any]]) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.ConfigurationError):
        await call(signed_in(pool))
    with pytest.raises(errors.ConfigurationError):  # refused before the expired token is refreshed
        await call(pool.user_from_tokens(Tokens(jwt(username="alice", exp=1), refresh_token="refresh")))
    with pytest.raises(errors.NotSignedIn):
        await pool.user("alice").step_up(ACR)
    assert recorder.calls == []


# --- a forgotten password ---


async def test_forgotten_password_is_replaced_with_a_code() -> None:
    details = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    pool, recorder = scripted({"CodeDeliveryDetails": details}, {}, {}, client_secret="s" * 24)
    delivery = await pool.forgot_password("alice", client_metadata={"a": "b"})
    assert (delivery.destination, delivery.medium, delivery.attribute) == ("a***@e***", "EMAIL", "email")
    await pool.confirm_forgot_password("alice", "123456", "N3w-password", client_metadata={"c": "d"})
    assert (await pool.auth().forgot_password("alice")).destination is None
    (_, forgot), (_, confirm), _ = recorder.calls
    assert forgot["Username"] == "alice" and forgot["SecretHash"] and forgot["ClientMetadata"] == {"a": "b"}
    assert confirm["SecretHash"] == forgot["SecretHash"] and confirm["ClientMetadata"] == {"c": "d"}
    assert (confirm["ConfirmationCode"], confirm["Password"]) == ("123456", "N3w-password")
    for wrong in (("", "1", "p"), ("alice", "", "p"), ("alice", "1", "")):
        with pytest.raises(errors.ConfigurationError):
            await pool.confirm_forgot_password(*wrong)
    assert len(recorder.calls) == 3
