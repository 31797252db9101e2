"""Requests contain metadata, user context and secret hash if the service's model has members for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cognito_async import DeviceSecret, Tokens, UserContext, UserPool, challenges
from cognito_async._aws._generated import devices, mfa, profile, recovery, sign_in, sign_up
from cognito_async.lowlevel import secret_hash
from tests.support import (
    ACCESS_TOKEN,
    BINDING,
    CLIENT_ID,
    DEVICE_KEY,
    USER_CALLS,
    Answer,
    Recorder,
    serving,
    tokens_reply,
)

pytestmark = pytest.mark.anyio

SECRET = "a0client0secret0of0forty0letters"
SESSION = "session-one-of-twenty"
KEY = "k" * 32
FAMILIES = (sign_in, sign_up, mfa, devices, profile, recovery)
VERIFIER = {"USER_ID_FOR_SRP": "alice", "SRP_B": "2", "SALT": "0a", "SECRET_BLOCK": "AA=="}
OFFERED = {"DeviceKey": DEVICE_KEY, "DeviceGroupKey": "-grpKey"}
# The challenge that follows each answer, for a sign-in with a password and a remembered device.
FOLLOWING = {"PASSWORD_VERIFIER": "DEVICE_SRP_AUTH", "DEVICE_SRP_AUTH": "DEVICE_PASSWORD_VERIFIER"}


def issue(name: str, **parameters: str) -> dict[str, Any]:
    return {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": {"USERNAME": "alice", **parameters}}


def server(first: str | None) -> Callable[[str, dict[str, Any]], Answer]:
    """Return a server that replies to a sign-in with the challenge `first`, if any, then with tokens and a device."""

    def answer(operation: str, body: dict[str, Any]) -> Answer:
        if operation in ("InitiateAuth", "RespondToAuthChallenge"):
            asked = first if operation == "InitiateAuth" else FOLLOWING.get(body["ChallengeName"])
            if asked is not None and "REFRESH_TOKEN" not in body.get("AuthParameters", {}):
                return issue(asked, **VERIFIER)
        reply = tokens_reply()
        reply["AuthenticationResult"]["NewDeviceMetadata"] = OFFERED
        members = {"UserSub": "alice-sub", "Session": SESSION, "SecretCode": "MZXW6YTB", "Status": "SUCCESS"}
        return {**reply, **members, "Device": {"DeviceKey": DEVICE_KEY}, "UserConfirmed": True}

    return answer


def make_view(first: str | None) -> tuple[UserPool, Recorder]:
    pool, recorder = serving(server(first), client_secret=SECRET)
    context = UserContext(ip_address="192.0.2.7", encoded_data="data")
    return pool.with_options(client_metadata={"of": "view"}, user_context=context), recorder


def check_requests(recorder: Recorder) -> set[str]:
    """Check the metadata, user context and secrets that each request must have. Return the operations' names."""
    for operation, body in recorder.calls:
        name = f"{operation}Request"
        fields = next(vars(family)[name] for family in FAMILIES if name in vars(family)).model_fields
        assert body.get("ClientMetadata") == ({"of": "view"} if "client_metadata" in fields else None), operation
        context = {"IpAddress": "192.0.2.7", "EncodedData": "data"} if "user_context_data" in fields else None
        assert body.get("UserContextData") == context, operation
        if "secret_hash" in fields:
            assert body["SecretHash"] == secret_hash(body["Username"], CLIENT_ID, SECRET), operation
        if "client_secret" in fields:
            assert body["ClientSecret"] == SECRET
        for texts in (body.get("AuthParameters", {}), body.get("ChallengeResponses", {})):
            if texts:
                username = texts.get("USERNAME", "alice")
                assert texts["SECRET_HASH"] == secret_hash(username, CLIENT_ID, SECRET), operation
    return set(recorder.operations)


Call = Callable[[Any], Awaitable[Any]]
ANSWERS: dict[str, Call] = {
    "SMS_MFA": lambda c: c.answer("123456"),
    "SMS_OTP": lambda c: c.answer("123456"),
    "EMAIL_OTP": lambda c: c.answer("123456"),
    "SOFTWARE_TOKEN_MFA": lambda c: c.answer_from_secret("MZXW6YTB"),
    "SELECT_MFA_TYPE": lambda c: c.choose("SMS_MFA"),
    "MFA_SETUP": lambda c: c.set_up_email("alice@example.com"),
    "NEW_PASSWORD_REQUIRED": lambda c: c.answer("Passw0rd!"),
    "CUSTOM_CHALLENGE": lambda c: c.answer("42"),
    "SELECT_CHALLENGE": lambda c: c.choose_password("Passw0rd!"),
    "PASSWORD": lambda c: c.answer("Passw0rd!"),
    "PASSWORD_SRP": lambda c: c.answer("Passw0rd!"),
    "NOT_YET_INVENTED": lambda c: c.answer({"ANSWER": "42"}),
}


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.table
async def test_challenge_answers_send_metadata_and_context(name: str, resumed: bool) -> None:
    pool, recorder = make_view(name)
    challenge = (await pool.sign_in("alice@example.com", flow="USER_AUTH")).challenge
    assert challenge is not None
    if resumed:
        challenge = pool.resume(challenge.to_state(KEY), KEY)
    assert (await ANSWERS[name](challenge)).signed_in
    assert check_requests(recorder) == {"InitiateAuth", "RespondToAuthChallenge", "ConfirmDevice"}
    assert {body["ChallengeResponses"]["USERNAME"] for _, body in recorder.calls[1:-1]} == {"alice"}


async def test_automatic_answers_send_metadata_and_context() -> None:
    pool, recorder = make_view("PASSWORD_VERIFIER")
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")
    assert (await pool.sign_in("alice@example.com", "Passw0rd!", device=device)).signed_in
    check_requests(recorder)
    assert recorder.operations == ["InitiateAuth", *["RespondToAuthChallenge"] * 3, "ConfirmDevice"]


async def test_app_setup_sends_metadata_and_context() -> None:
    pool, recorder = make_view("MFA_SETUP")
    challenge = (await pool.sign_in("alice", flow="USER_AUTH")).challenge
    assert isinstance(challenge, challenges.MfaSetup)
    assert (await (await challenge.associate()).verify("123456")).signed_in
    assert check_requests(recorder) >= {"AssociateSoftwareToken", "VerifySoftwareToken", "RespondToAuthChallenge"}


async def test_all_other_calls_send_metadata_and_context() -> None:
    pool, recorder = make_view(None)
    signed_up = await pool.sign_up("alice", "Passw0rd!", validation_data={"of": "validation"})
    await pool.resend_sign_up("alice")
    await pool.auto_sign_in(await pool.confirm_sign_up("alice", "123456", sign_up=signed_up))
    await pool.forgot_password("alice")
    await pool.confirm_forgot_password("alice", "123456", "Passw0rd!")
    user = pool.user_from_tokens(Tokens(ACCESS_TOKEN, None, "refresh"))
    await user.refresh()
    await pool.with_options(refresh_flow="REFRESH_TOKEN_AUTH").user_from_tokens(user.tokens).refresh()
    for use in USER_CALLS.values():
        await use(user)
    for everywhere in (True, False):
        await pool.user_from_tokens(Tokens(ACCESS_TOKEN, None, "refresh")).sign_out(global_=everywhere)
    # Of the 26 operations that this package calls for users, only RespondToAuthChallenge is left to other tests.
    assert len(check_requests(recorder)) == 25
    assert recorder.calls[0][1]["ValidationData"] == [{"Name": "of", "Value": "validation"}]
