"""Each challenge as a typed value: its properties, the request that its answer sends, and the next step."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cognito_async import SignInResult, UserPool, challenges, errors
from cognito_async.local import MovableClock
from tests.support import CLIENT_ID, refusal, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

SESSION = "session-one-of-twenty"
NEWER = "session-two-of-twenty"
AT_59_SECONDS = datetime(1970, 1, 1, 0, 0, 59, tzinfo=timezone.utc)
# The secret of RFC 6238's test vectors, in base32.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def issue(name: str, session: str = SESSION, available: list[str] | None = None, **parameters: str) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "ChallengeName": name,
        "Session": session,
        "ChallengeParameters": {"USERNAME": "alice", **parameters},
    }
    return reply if available is None else {**reply, "AvailableChallenges": available}


async def start_sign_in(pool: UserPool) -> challenges.AnyChallenge:
    result = await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert result.challenge is not None and not result.signed_in
    return result.challenge


Answering = Callable[[Any], Awaitable[SignInResult]]

ANSWERS: list[tuple[dict[str, Any], type[challenges.Challenge], Answering, dict[str, str]]] = [
    (issue("SMS_MFA"), challenges.SmsMfa, lambda c: c.answer("123456"), {"SMS_MFA_CODE": "123456"}),
    (issue("SMS_OTP"), challenges.SmsOtp, lambda c: c.answer("12345678"), {"SMS_OTP_CODE": "12345678"}),
    (issue("EMAIL_OTP"), challenges.EmailOtp, lambda c: c.answer("12345678"), {"EMAIL_OTP_CODE": "12345678"}),
    (
        issue("SOFTWARE_TOKEN_MFA"),
        challenges.SoftwareTokenMfa,
        lambda c: c.answer("123456"),
        {"SOFTWARE_TOKEN_MFA_CODE": "123456"},
    ),
    (
        issue("SOFTWARE_TOKEN_MFA"),
        challenges.SoftwareTokenMfa,
        lambda c: c.answer_from_secret(RFC_SECRET),
        {"SOFTWARE_TOKEN_MFA_CODE": "287082"},
    ),
    (issue("SELECT_MFA_TYPE"), challenges.SelectMfaType, lambda c: c.choose("SMS_MFA"), {"ANSWER": "SMS_MFA"}),
    (issue("MFA_SETUP"), challenges.MfaSetup, lambda c: c.set_up_email("a@example.com"), {"EMAIL": "a@example.com"}),
    (issue("CUSTOM_CHALLENGE"), challenges.CustomChallenge, lambda c: c.answer("42"), {"ANSWER": "42"}),
    (
        issue("NEW_PASSWORD_REQUIRED"),
        challenges.NewPasswordRequired,
        lambda c: c.answer("Passw0rd!", {"given_name": "Alice"}),
        {"NEW_PASSWORD": "Passw0rd!", "userAttributes.given_name": "Alice"},
    ),
    (issue("SELECT_CHALLENGE"), challenges.SelectChallenge, lambda c: c.choose("EMAIL_OTP"), {"ANSWER": "EMAIL_OTP"}),
    (
        issue("SELECT_CHALLENGE"),
        challenges.SelectChallenge,
        lambda c: c.choose_password("Passw0rd!", srp=False),
        {"ANSWER": "PASSWORD", "PASSWORD": "Passw0rd!"},
    ),
    (issue("PASSWORD"), challenges.Password, lambda c: c.answer("Passw0rd!"), {"PASSWORD": "Passw0rd!"}),
    (issue("WEB_AUTHN"), challenges.UnknownChallenge, lambda c: c.answer({"CREDENTIAL": "{}"}), {"CREDENTIAL": "{}"}),
]


@pytest.mark.parametrize(("question", "kind", "answer", "sent"), ANSWERS)
@pytest.mark.table
async def test_answer_sends_the_service_keys_and_username(
    question: dict[str, Any], kind: type[challenges.Challenge], answer: Answering, sent: dict[str, str]
) -> None:
    pool, recorder = scripted(question, tokens_reply(), clock=MovableClock(AT_59_SECONDS))
    challenge = await start_sign_in(pool)
    assert type(challenge) is kind and challenge.name == question["ChallengeName"]
    result = await answer(challenge)
    assert result.signed_in and result.user.username == "alice"
    operation, body = recorder.calls[1]
    assert operation == "RespondToAuthChallenge"
    assert body == {
        "ClientId": CLIENT_ID,
        "ChallengeName": challenge.name,
        "Session": SESSION,
        "ChallengeResponses": {"USERNAME": "alice", **sent},
    }


@pytest.mark.parametrize(("question", "kind", "answer", "sent"), ANSWERS)
@pytest.mark.table
async def test_challenge_stays_usable_after_a_refused_answer(
    question: dict[str, Any], kind: type[challenges.Challenge], answer: Answering, sent: dict[str, str]
) -> None:
    clock = MovableClock(AT_59_SECONDS)
    wrong = refusal("CodeMismatchException", "Invalid code or auth state for the user.")
    pool, recorder = scripted(question, wrong, wrong, tokens_reply(), clock=clock)
    challenge = await start_sign_in(pool)
    with pytest.raises(errors.CodeMismatchException):
        await answer(challenge)
    elsewhere = pool.resume(challenge.to_state("k" * 32), "k" * 32)
    assert type(elsewhere) is kind
    with pytest.raises(errors.CodeMismatchException):
        await answer(elsewhere)
    assert (await answer(challenge)).signed_in
    assert [body["Session"] for _, body in recorder.calls[1:]] == [SESSION] * 3


@pytest.mark.parametrize("name", ["PASSWORD_SRP", "SELECT_CHALLENGE"])
async def test_password_challenges_send_a_proof_and_not_the_password(name: str) -> None:
    verifier = issue("PASSWORD_VERIFIER", NEWER, USER_ID_FOR_SRP="alice", SRP_B="2", SALT="0a", SECRET_BLOCK="AA==")
    pool, recorder = scripted(issue(name), verifier, tokens_reply())
    challenge = await start_sign_in(pool)
    if isinstance(challenge, challenges.SelectChallenge):
        result = await challenge.choose_password("Passw0rd!")
    else:
        assert isinstance(challenge, challenges.PasswordSrp)
        result = await challenge.answer("Passw0rd!")
    assert result.signed_in
    first, proof = recorder.calls[1][1], recorder.calls[2][1]
    assert first["ChallengeName"] == name and first["Session"] == SESSION
    assert first["ChallengeResponses"].keys() == {"USERNAME", "SRP_A"} | ({"ANSWER"} & {*first["ChallengeResponses"]})
    assert first["ChallengeResponses"].get("ANSWER") == ("PASSWORD_SRP" if name == "SELECT_CHALLENGE" else None)
    assert proof["ChallengeName"] == "PASSWORD_VERIFIER" and proof["Session"] == NEWER
    assert "Passw0rd!" not in json.dumps(recorder.calls)


async def test_code_challenge_shows_where_its_code_was_sent() -> None:
    pool, _ = scripted(issue("EMAIL_OTP", CODE_DELIVERY_DESTINATION="a***@e***", CODE_DELIVERY_DELIVERY_MEDIUM="EMAIL"))
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.EmailOtp)
    assert (challenge.delivery.destination, challenge.delivery.medium) == ("a***@e***", "EMAIL")


@pytest.mark.parametrize("name", ["MFAS_CAN_CHOOSE", "MFAS_CAN_SELECT"])
async def test_mfa_options_are_read_under_both_names(name: str) -> None:
    pool, _ = scripted(issue("SELECT_MFA_TYPE", SESSION, None, **{name: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]'}))
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.SelectMfaType)
    assert challenge.options == ("SMS_MFA", "SOFTWARE_TOKEN_MFA")


@pytest.mark.parametrize("text", ["", "no JSON", "[" * 9999, "{}", "null", "7", '[7, null, ["SMS_MFA"]]'])
@pytest.mark.table
async def test_malformed_challenge_parameters_are_read_as_empty(text: str) -> None:
    pool, _ = scripted(
        issue("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE=text),
        issue("MFA_SETUP", MFAS_CAN_SETUP=text),
        issue("NEW_PASSWORD_REQUIRED", requiredAttributes=text, userAttributes=text),
    )
    select, setup, new_password = await start_sign_in(pool), await start_sign_in(pool), await start_sign_in(pool)
    assert isinstance(select, challenges.SelectMfaType) and select.options == ()
    assert isinstance(setup, challenges.MfaSetup) and setup.options == ()
    assert isinstance(new_password, challenges.NewPasswordRequired)
    assert new_password.required_attributes == () and dict(new_password.attributes) == {}


async def test_new_password_shows_present_and_required_attributes() -> None:
    parameters = {
        "requiredAttributes": '["userAttributes.given_name","userAttributes.custom:team"]',
        "userAttributes": '{"email":"a@example.com","email_verified":"true","strange":7}',
    }
    pool, _ = scripted(issue("NEW_PASSWORD_REQUIRED", SESSION, None, **parameters), issue("NEW_PASSWORD_REQUIRED"))
    challenge, bare = await start_sign_in(pool), await start_sign_in(pool)
    assert isinstance(challenge, challenges.NewPasswordRequired)
    assert challenge.required_attributes == ("given_name", "custom:team")
    assert dict(challenge.attributes) == {"email": "a@example.com", "email_verified": "true"}
    assert isinstance(bare, challenges.NewPasswordRequired)
    assert bare.required_attributes == () and dict(bare.attributes) == {}


async def test_sign_in_options_are_restored_from_a_state() -> None:
    pool, _ = scripted(issue("SELECT_CHALLENGE", available=["PASSWORD_SRP", "EMAIL_OTP"]))
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.SelectChallenge)
    assert challenge.options == ("PASSWORD_SRP", "EMAIL_OTP")
    elsewhere = pool.resume(challenge.to_state())
    assert isinstance(elsewhere, challenges.SelectChallenge) and elsewhere.options == challenge.options


async def test_authenticator_app_challenge_has_the_device_name_or_none() -> None:
    pool, _ = scripted(issue("SOFTWARE_TOKEN_MFA", FRIENDLY_DEVICE_NAME="phone"), issue("SOFTWARE_TOKEN_MFA"))
    named, unnamed = await start_sign_in(pool), await start_sign_in(pool)
    assert isinstance(named, challenges.SoftwareTokenMfa) and named.device_name == "phone"
    assert isinstance(unnamed, challenges.SoftwareTokenMfa) and unnamed.device_name is None


async def test_totp_code_uses_the_service_time() -> None:
    def answers(operation: str, body: dict[str, Any]) -> dict[str, Any]:
        return issue("SOFTWARE_TOKEN_MFA") if operation == "InitiateAuth" else tokens_reply()

    clock = MovableClock(AT_59_SECONDS)
    pool, recorder = serving(answers, clock=clock)
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.SoftwareTokenMfa)
    # The service's clock is an hour behind the local one.
    clock.advance(3600)
    pool._client.state.pipeline.service_time.observe("Thu, 01 Jan 1970 00:00:59 GMT")
    await challenge.answer_from_secret(RFC_SECRET)
    assert recorder.calls[1][1]["ChallengeResponses"]["SOFTWARE_TOKEN_MFA_CODE"] == "287082"


async def test_app_setup_always_sends_the_newest_session() -> None:
    wrong = refusal("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
    pool, recorder = scripted(
        issue("MFA_SETUP", MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]'),
        {"SecretCode": RFC_SECRET, "Session": "session-after-associate"},
        wrong,
        {"Status": "SUCCESS", "Session": "session-after-verify-1"},
        tokens_reply(),
    )
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.MfaSetup)
    assert challenge.options == ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
    setup = await challenge.associate()
    assert setup.secret == RFC_SECRET and RFC_SECRET not in repr(setup)
    assert (
        setup.uri("Example & Co")
        == f"otpauth://totp/Example%20%26%20Co:alice?secret={RFC_SECRET}&issuer=Example%20%26%20Co"
    )
    with pytest.raises(errors.EnableSoftwareTokenMFAException):
        await setup.verify("000000")
    result = await setup.verify("123456", "my phone")
    assert result.signed_in
    bodies = [body for _, body in recorder.calls[1:]]
    assert recorder.operations[1:] == [
        "AssociateSoftwareToken",
        "VerifySoftwareToken",
        "VerifySoftwareToken",
        "RespondToAuthChallenge",
    ]
    assert [body["Session"] for body in bodies] == [
        SESSION,
        "session-after-associate",
        "session-after-associate",
        "session-after-verify-1",
    ]
    assert bodies[2] == {"Session": "session-after-associate", "UserCode": "123456", "FriendlyDeviceName": "my phone"}
    assert bodies[3]["ChallengeResponses"] == {"USERNAME": "alice"}


async def test_verified_app_is_not_verified_again_after_a_failure() -> None:
    pool, recorder = scripted(
        issue("MFA_SETUP"),
        {"SecretCode": RFC_SECRET, "Session": "session-after-associate"},
        {"Status": "SUCCESS", "Session": "session-after-verify-1"},
        refusal("InternalErrorException", status=500),
        tokens_reply(),
    )
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.MfaSetup)
    setup = await challenge.associate()
    with pytest.raises(errors.InternalErrorException):
        await setup.verify("123456")
    assert (await setup.verify("123456")).signed_in
    assert recorder.operations.count("VerifySoftwareToken") == 1


@pytest.mark.parametrize("reply", [{"Status": "ERROR"}, {}, {"Status": "NOT_YET_INVENTED"}])
async def test_app_setup_raises_unless_its_status_is_success(reply: dict[str, Any]) -> None:
    pool, recorder = scripted(issue("MFA_SETUP"), {"SecretCode": RFC_SECRET}, reply)
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.MfaSetup)
    setup = await challenge.associate()
    with pytest.raises(errors.EnableSoftwareTokenMFAException) as caught:
        await setup.verify("123456")
    assert caught.value.code == "EnableSoftwareTokenMFAException"
    assert recorder.calls[-1][1]["Session"] == SESSION  # the reply to the association has no Session


async def test_association_without_a_secret_is_an_invalid_reply() -> None:
    pool, _ = scripted(issue("MFA_SETUP"), {"Session": NEWER})
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.MfaSetup)
    with pytest.raises(errors.InvalidReply, match="SecretCode"):
        await challenge.associate()


INVALID: list[tuple[str, Answering]] = [
    ("SMS_MFA", lambda c: c.answer("")),
    ("SMS_MFA", lambda c: c.answer(123456)),
    ("SOFTWARE_TOKEN_MFA", lambda c: c.answer_from_secret("not base32!")),
    ("SELECT_MFA_TYPE", lambda c: c.choose(None)),
    ("MFA_SETUP", lambda c: c.set_up_email("")),
    ("NEW_PASSWORD_REQUIRED", lambda c: c.answer("")),
    ("NEW_PASSWORD_REQUIRED", lambda c: c.answer("Passw0rd!", {"a": 1})),
    ("CUSTOM_CHALLENGE", lambda c: c.answer(b"bytes")),
    ("SELECT_CHALLENGE", lambda c: c.choose("")),
    ("SELECT_CHALLENGE", lambda c: c.choose_password("")),
    ("PASSWORD", lambda c: c.answer("\udc80")),
    ("PASSWORD_SRP", lambda c: c.answer("")),
    ("SMS_MFA", lambda c: c.answer("1", timeout=-1)),
]


@pytest.mark.parametrize(("name", "answer"), INVALID)
@pytest.mark.table
async def test_invalid_answers_are_refused_before_sending(name: str, answer: Answering) -> None:
    pool, recorder = scripted(issue(name))
    challenge = await start_sign_in(pool)
    with pytest.raises(errors.ConfigurationError):
        await answer(challenge)
    assert len(recorder.calls) == 1


async def test_each_answer_sends_the_metadata_passed_to_it() -> None:
    pool, recorder = scripted(issue("CUSTOM_CHALLENGE"), issue("CUSTOM_CHALLENGE", NEWER), tokens_reply())
    first = await start_sign_in(pool)
    assert isinstance(first, challenges.CustomChallenge)
    second = (await first.answer("1", client_metadata={"round": "1"})).challenge
    assert isinstance(second, challenges.CustomChallenge) and second.session == NEWER
    assert (await second.answer("2", client_metadata={"round": "2"})).signed_in
    assert [body["ClientMetadata"] for _, body in recorder.calls[1:]] == [{"round": "1"}, {"round": "2"}]
    with pytest.raises(TypeError, match="timout"):
        await second.answer("2", timout=1)  # type: ignore[call-arg]


async def test_pending_app_setup_cannot_be_copied_or_pickled() -> None:
    pool, _ = scripted(issue("MFA_SETUP"), {"SecretCode": RFC_SECRET})
    challenge = await start_sign_in(pool)
    assert isinstance(challenge, challenges.MfaSetup)
    setup = await challenge.associate()
    for copy_or_pickle in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            copy_or_pickle(setup)
