"""What goes with every request: metadata and context where the service's model has a place for them, and the hash."""

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
# What follows a challenge that is answered: the long way from a password to the last proof of a device.
FOLLOWING = {"PASSWORD_VERIFIER": "DEVICE_SRP_AUTH", "DEVICE_SRP_AUTH": "DEVICE_PASSWORD_VERIFIER"}


def asks(name: str, **parameters: str) -> dict[str, Any]:
    return {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": {"USERNAME": "alice", **parameters}}


def server(first: str | None) -> Callable[[str, dict[str, Any]], Answer]:
    """Answers anything: a sign-in with this challenge, if any, and in the end with tokens and a new device."""

    def answer(operation: str, body: dict[str, Any]) -> Answer:
        if operation in ("InitiateAuth", "RespondToAuthChallenge"):
            asked = first if operation == "InitiateAuth" else FOLLOWING.get(body["ChallengeName"])
            if asked is not None and "REFRESH_TOKEN" not in body.get("AuthParameters", {}):
                return asks(asked, **VERIFIER)
        reply = tokens_reply()
        reply["AuthenticationResult"]["NewDeviceMetadata"] = OFFERED
        more = {"UserSub": "alice-sub", "Session": SESSION, "SecretCode": "MZXW6YTB", "Status": "SUCCESS"}
        return {**reply, **more, "Device": {"DeviceKey": DEVICE_KEY}, "UserConfirmed": True}

    return answer


def view(first: str | None) -> tuple[UserPool, Recorder]:
    pool, recorder = serving(server(first), client_secret=SECRET)
    context = UserContext(ip_address="192.0.2.7", encoded_data="data")
    return pool.with_options(client_metadata={"of": "view"}, user_context=context), recorder


def check(recorder: Recorder) -> set[str]:
    """Every request carries what its operation has a place for; returns the operations."""
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


Using = Callable[[Any], Awaitable[Any]]
ANSWERS: dict[str, Using] = {
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
async def test_the_answer_to_every_challenge_carries_what_it_may_after_an_alias_and_resumed(
    name: str, resumed: bool
) -> None:
    pool, recorder = view(name)
    challenge = (await pool.sign_in("alice@example.com", flow="USER_AUTH")).challenge
    assert challenge is not None
    if resumed:
        challenge = pool.resume(challenge.to_state(KEY), KEY)
    assert (await ANSWERS[name](challenge)).signed_in
    assert check(recorder) == {"InitiateAuth", "RespondToAuthChallenge", "ConfirmDevice"}
    assert {body["ChallengeResponses"]["USERNAME"] for _, body in recorder.calls[1:-1]} == {"alice"}


async def test_the_steps_that_answer_themselves_carry_it_too() -> None:
    pool, recorder = view("PASSWORD_VERIFIER")
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")
    assert (await pool.sign_in("alice@example.com", "Passw0rd!", device=device)).signed_in
    check(recorder)
    assert recorder.operations == ["InitiateAuth", *["RespondToAuthChallenge"] * 3, "ConfirmDevice"]


async def test_setting_up_an_app_carries_it_where_it_may() -> None:
    pool, recorder = view("MFA_SETUP")
    challenge = (await pool.sign_in("alice", flow="USER_AUTH")).challenge
    assert isinstance(challenge, challenges.MfaSetup)
    assert (await (await challenge.associate()).verify("123456")).signed_in
    assert check(recorder) >= {"AssociateSoftwareToken", "VerifySoftwareToken", "RespondToAuthChallenge"}


async def test_every_other_call_carries_it_where_it_may() -> None:
    pool, recorder = view(None)
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
    assert len(check(recorder)) == 25, "every operation that a user has, save the answer to a challenge"
    assert recorder.calls[0][1]["ValidationData"] == [{"Name": "of", "Value": "validation"}]
