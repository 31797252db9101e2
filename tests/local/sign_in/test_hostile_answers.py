"""Answers forged by an attacker to sign in, to make the pool fail, or to find out which accounts exist."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async._local.sign_in.challenges import CHALLENGES

from ..helpers import (
    INCORRECT,
    PASSWORD,
    SECRET,
    Wire,
    answer,
    answer_refused,
    answering,
    begin_srp,
    refusal,
    respond,
    secret_hash,
)
from ..srp_client import SrpClient

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID_SESSION = refusal("Invalid session for the user.")
HIDING = AppClientSettings(prevent_user_existence_errors="ENABLED")
ONE_TIME = PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP"))


async def asked_for_a_code(wire: Wire) -> Any:
    await wire.signed_up("alice", PASSWORD, email="f@example.com", phone_number="+49123")
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.mfa = ("SMS_MFA",)
    return await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)


@pytest.mark.parametrize(
    ("responses", "message"),
    [
        ({"SMS_MFA_CODE": 123456}, "NUMBER_VALUE can not be converted to a String"),
        ({"SMS_MFA_CODE": True}, "TRUE_VALUE can not be converted to a String"),
        ({"SMS_MFA_CODE": ["123456"]}, "Start of list found where not expected"),
        ({"SMS_MFA_CODE": {"code": "123456"}}, "Start of structure or map found where not expected."),
        ({"SMS_MFA_CODE": "12\ud800456"}, "A string is not valid Unicode."),
        (["SMS_MFA_CODE", "123456"], "Start of list found where not expected"),
        ("123456", "Expected map or null"),
    ],
)
async def test_responses_of_another_json_type_are_refused(responses: Any, message: str) -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    asked = await asked_for_a_code(wire)
    body = answering(asked, {})
    body["ChallengeResponses"] = {"USERNAME": "alice", **responses} if isinstance(responses, dict) else responses
    assert await wire.refused("RespondToAuthChallenge", **body) == ("SerializationException", message)


async def test_null_response_is_treated_as_missing() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    asked = await asked_for_a_code(wire)
    body = answering(asked, {})
    body["ChallengeResponses"] = {"USERNAME": "alice", "SMS_MFA_CODE": None}
    missing = ("InvalidParameterException", "Missing required parameter SMS_MFA_CODE")
    assert await wire.refused("RespondToAuthChallenge", **body) == missing


@pytest.mark.parametrize("name", [*CHALLENGES, "ADMIN_NO_SRP_AUTH"])
@pytest.mark.parametrize("kind", ["truncated", "altered", "not base64", "not ASCII", "of another service", "foreign"])
async def test_altered_or_foreign_session_is_refused_by_every_challenge(name: str, kind: str) -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    session = (await asked_for_a_code(wire))["Session"]
    responses = dict.fromkeys(CHALLENGES[name].required, "x") if name in CHALLENGES else {"USERNAME": "alice"}
    if "SRP_A" in responses:
        responses["SRP_A"] = "02"
    match kind:
        case "truncated":
            session = session[:-4]
        case "altered":
            session = session[:400] + ("A" if session[400] != "A" else "B") + session[401:]
        case "not base64":
            session = "AYABe" + "*" * 40
        case "not ASCII":
            session = "AYABe" + "é" * 40
        case "of another service":
            session = (await asked_for_a_code(Wire(PoolSettings(mfa="OPTIONAL"))))["Session"]
        case _ if name == "SMS_MFA":
            responses["USERNAME"] = "bob"
        case _:
            pass
    refused = await wire.refused(
        "RespondToAuthChallenge", ChallengeName=name, Session=session, ChallengeResponses=responses
    )
    assert refused == INVALID_SESSION


@pytest.mark.parametrize("name", CHALLENGES)
async def test_secret_hash_of_each_answer_is_checked_first(name: str) -> None:
    wire = Wire(client=AppClientSettings(secret=SECRET))
    responses = {**dict.fromkeys(CHALLENGES[name].required, "x"), "USERNAME": "alice"}
    call = {"ChallengeName": name, "Session": "A" * 20}
    for more, message in (
        ({}, f"Client {wire.client.id} is configured with secret but SECRET_HASH was not received"),
        ({"SECRET_HASH": "é"}, f"SecretHash does not match for the client: {wire.client.id}"),
        ({"SECRET_HASH": secret_hash("alice", wire.client)}, "Invalid session for the user."),
    ):
        refused = await wire.refused("RespondToAuthChallenge", ChallengeResponses={**responses, **more}, **call)
        assert refused == refusal(message)


async def begin_choice(wire: Wire, name: str) -> tuple[SrpClient, Any]:
    srp = SrpClient(wire.pool.id)
    return srp, await wire.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=srp.srp_a)


async def test_proof_is_valid_only_with_its_session() -> None:
    wire = Wire()
    await wire.signed_up("alice")
    await wire.signed_up("mallory", "M4llory-own!")
    srp, asked = await begin_choice(wire, "alice")
    right = srp.answer(asked["ChallengeParameters"], PASSWORD, wire.clock.now())
    other_srp, other = await begin_choice(wire, "mallory")
    others = other_srp.answer(other["ChallengeParameters"], "M4llory-own!", wire.clock.now())
    assert await answer_refused(wire, asked, **others) == INCORRECT
    _, again = await begin_choice(wire, "alice")
    assert await answer_refused(wire, again, **right) == INCORRECT
    # A proof for a challenge with a `Session` is refused without it.
    plain_srp, plain = await begin_srp(wire)
    plainly = plain_srp.answer(plain["ChallengeParameters"], PASSWORD, wire.clock.now())
    assert "AuthenticationResult" in await wire.call("RespondToAuthChallenge", **respond(plainly))
    assert await wire.refused("RespondToAuthChallenge", **respond(right)) == (
        "InvalidParameterException",
        "Missing required parameter Session",
    )
    assert "AuthenticationResult" in await answer(wire, asked, **right)


async def test_answer_may_repeat_the_typed_name_of_a_hidden_user() -> None:
    wire = Wire(ONE_TIME, HIDING)
    await wire.signed_up()
    mismatch = ("CodeMismatchException", "Invalid code or auth state for the user.")
    for name in ("alice", "ALICE", "nobody", "NOBODY"):
        asked = await wire.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="EMAIL_OTP")
        for said in (name, asked["ChallengeParameters"]["USERNAME"]):
            assert await answer_refused(wire, asked, USERNAME=said, EMAIL_OTP_CODE="1") == mismatch
        assert await answer_refused(wire, asked, USERNAME="somebody", EMAIL_OTP_CODE="1") == INVALID_SESSION


@pytest.mark.parametrize("flow", ["USER_AUTH", "CUSTOM_AUTH"])
async def test_unknown_device_reveals_nothing_about_the_user(flow: str) -> None:
    async def define(event: Any) -> None:
        event["response"] |= {"challengeName": "CUSTOM_CHALLENGE"}

    async def accept_defaults(event: Any) -> None: ...

    triggers = Triggers(
        define_auth_challenge=define,
        create_auth_challenge=accept_defaults,
        verify_auth_challenge_response=accept_defaults,
    )
    settings = PoolSettings(device_tracking="ALWAYS", first_factors=("PASSWORD", "EMAIL_OTP"), triggers=triggers)
    wire = Wire(settings, HIDING)
    await wire.signed_up()
    gone = ("ResourceNotFoundException", "Device does not exist.")
    for name in ("alice", "nobody"):
        assert await wire.initiate_refused(flow, USERNAME=name, DEVICE_KEY="us-east-1_0") == gone
        asked = await wire.initiate(flow, USERNAME=name)
        assert await answer_refused(wire, asked, ANSWER="x", DEVICE_KEY="us-east-1_0") == gone


async def test_session_that_the_pool_has_deleted_is_reported_as_expired() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    asked = await asked_for_a_code(wire)
    wire.service._state.pending_sign_ins.clear()
    assert await answer_refused(wire, asked, SMS_MFA_CODE="1") == refusal(
        "Invalid session for the user, session is expired."
    )


async def test_repr_of_stored_objects_shows_no_secret() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL", fixed_code="864209"), AppClientSettings(secret=SECRET))
    user = await wire.signed_up()
    user.mfa = ("EMAIL_OTP",)
    hashed = {"SECRET_HASH": secret_hash("alice", wire.client)}
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD, **hashed)
    kept = repr([user, wire.client, wire.pool, *wire.service.outbox, *wire.service._state.pending_sign_ins.values()])
    for secret in ("864209", PASSWORD, SECRET, asked["Session"], str(user.verifier)):
        assert secret not in kept
