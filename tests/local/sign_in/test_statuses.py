"""Users whose status forbids a sign-in, in every flow, before it or during it."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async._local.state.entities import User

from ..helpers import INCORRECT, PASSWORD, Wire, answer, answer_refused, begin_srp, proven, refusal, respond
from ..srp_client import SrpClient

pytestmark = [pytest.mark.anyio, pytest.mark.table]
DISABLED = refusal("User is disabled.")
UNCONFIRMED = ("UserNotConfirmedException", "User is not confirmed.")
RESET = ("PasswordResetRequiredException", "Password reset required for the user")
HIDING = AppClientSettings(prevent_user_existence_errors="ENABLED")
FLOWS = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH")


async def quiz(event: Any) -> None:
    """Act as all three triggers, which ask one question."""
    response, rounds = event["response"], event["request"].get("session", [])
    if "answerCorrect" in response:
        response["answerCorrect"] = True
    elif rounds and rounds[-1]["challengeName"] == "CUSTOM_CHALLENGE" and "issueTokens" in response:
        response["issueTokens"] = True
    elif rounds and rounds[-1]["challengeName"] == "SRP_A":
        response["challengeName"] = "PASSWORD_VERIFIER"
    elif "challengeName" in response:
        response["challengeName"] = "CUSTOM_CHALLENGE"


QUIZ = Triggers(define_auth_challenge=quiz, create_auth_challenge=quiz, verify_auth_challenge_response=quiz)
POOL = PoolSettings(mfa="OPTIONAL", first_factors=("PASSWORD", "EMAIL_OTP"), triggers=QUIZ)


async def pool_with(client: AppClientSettings | None = None) -> tuple[Wire, User]:
    wire = Wire(POOL, client)
    return wire, await wire.signed_up("alice", PASSWORD, email="f@example.com", phone_number="+49123")


def first_parameters(flow: str) -> dict[str, str]:
    special = {"USER_SRP_AUTH": {"SRP_A": "02"}, "USER_PASSWORD_AUTH": {"PASSWORD": PASSWORD}}
    return {"USERNAME": "alice", **special.get(flow, {})}


@pytest.mark.parametrize("flow", FLOWS)
async def test_disabled_or_unconfirmed_user_cannot_start_a_flow(flow: str) -> None:
    wire, user = await pool_with()
    user.status = "UNCONFIRMED"
    assert await wire.initiate_refused(flow, **first_parameters(flow)) == UNCONFIRMED
    user.enabled = False
    assert await wire.initiate_refused(flow, **first_parameters(flow)) == DISABLED


@pytest.mark.parametrize(
    "way", ["PASSWORD_VERIFIER", "PASSWORD", "SELECT_CHALLENGE", "PASSWORD_VERIFIER of CUSTOM_AUTH"]
)
async def test_hidden_status_is_revealed_only_to_the_right_password(way: str) -> None:
    wire, user = await pool_with(HIDING)
    user.status = "UNCONFIRMED"
    put, right = await asked(wire, user, way)
    assert await answer_refused(wire, put, **right) == UNCONFIRMED
    user.enabled = False
    assert await answer_refused(wire, put, **right) == DISABLED
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == DISABLED
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT


async def test_hidden_status_is_revealed_only_to_the_right_answer_of_a_trigger() -> None:
    wire, user = await pool_with(HIDING)
    user.enabled = False
    put, right = await asked(wire, user, "CUSTOM_CHALLENGE")
    assert await answer_refused(wire, put, **right) == DISABLED


async def test_hidden_user_disabled_after_a_first_factor_is_refused() -> None:
    wire, user = await pool_with(HIDING)
    put, right = await asked(wire, user, "SMS_MFA")
    user.enabled = False
    assert await answer_refused(wire, put, **right) == DISABLED


async def asked(wire: Wire, user: User, challenge: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Start a sign-in up to this challenge. Return the challenge and its right answer."""
    match challenge:
        case "SMS_MFA":
            user.mfa = ("SMS_MFA",)
            reply = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
            return reply, {"SMS_MFA_CODE": wire.service.outbox[-1].code}
        case "SELECT_MFA_TYPE":
            user.mfa = ("SMS_MFA", "EMAIL_OTP")
            return await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD), {"ANSWER": "SMS_MFA"}
        case "EMAIL_OTP":
            reply = await wire.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="EMAIL_OTP")
            return reply, {"EMAIL_OTP_CODE": wire.service.outbox[-1].code}
        case "PASSWORD":
            reply = await wire.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="PASSWORD")
            return reply, {"PASSWORD": PASSWORD}
        case "SELECT_CHALLENGE":
            return await wire.initiate("USER_AUTH", USERNAME="alice"), {"ANSWER": "PASSWORD", "PASSWORD": PASSWORD}
        case "CUSTOM_CHALLENGE":
            return await wire.initiate("CUSTOM_AUTH", USERNAME="alice"), {"ANSWER": "1"}
        case "PASSWORD_VERIFIER":
            srp, reply = await begin_srp(wire)
        case _:
            srp = SrpClient(wire.pool.id)
            flow = {"CHALLENGE_NAME": "SRP_A", "SRP_A": srp.srp_a}
            reply = await wire.initiate("CUSTOM_AUTH", USERNAME="alice", **flow)
    return reply, srp.answer(reply["ChallengeParameters"], PASSWORD, wire.clock.now())


CHALLENGES = (
    "SMS_MFA",
    "SELECT_MFA_TYPE",
    "EMAIL_OTP",
    "PASSWORD",
    "SELECT_CHALLENGE",
    "CUSTOM_CHALLENGE",
    "PASSWORD_VERIFIER",
    "PASSWORD_VERIFIER of CUSTOM_AUTH",
)


@pytest.mark.parametrize("challenge", CHALLENGES)
async def test_user_disabled_or_deleted_during_a_sign_in_is_refused(challenge: str) -> None:
    wire, user = await pool_with()
    put, right = await asked(wire, user, challenge)
    user.enabled = False
    assert await answer_refused(wire, put, **right) == DISABLED
    user.enabled = True
    await wire.admin("AdminDeleteUser", Username="alice")
    gone = INCORRECT if challenge.startswith("PASSWORD_VERIFIER") else refusal("Invalid session for the user.")
    assert await answer_refused(wire, put, **right) == gone


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize(("client", "expected"), [(None, RESET), (HIDING, INCORRECT)])
async def test_required_reset_refuses_sign_ins_with_that_password(
    challenge: str, client: AppClientSettings | None, expected: tuple[str, str]
) -> None:
    wire, user = await pool_with(client)
    put, right = await asked(wire, user, challenge)
    user.status = "RESET_REQUIRED"
    if challenge == "CUSTOM_CHALLENGE":
        # This sign-in uses no password: the triggers decide.
        assert "AuthenticationResult" in await answer(wire, put, **right)
    else:
        assert await answer_refused(wire, put, **right) == expected


async def test_user_in_reset_is_offered_no_one_time_password() -> None:
    wire, user = await pool_with()
    user.status = "RESET_REQUIRED"
    put = await wire.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert (put["ChallengeName"], put["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["PASSWORD_SRP", "PASSWORD"])
    assert await answer_refused(wire, put, ANSWER="PASSWORD", PASSWORD="Wr0ngpass!") == INCORRECT
    assert await answer_refused(wire, put, ANSWER="PASSWORD", PASSWORD=PASSWORD) == RESET


@pytest.mark.parametrize(
    "challenge",
    ["EMAIL_OTP", "PASSWORD", "SELECT_CHALLENGE", "PASSWORD_VERIFIER", "PASSWORD_VERIFIER of CUSTOM_AUTH"],
)
async def test_password_made_temporary_during_a_sign_in_must_be_replaced(challenge: str) -> None:
    wire, user = await pool_with()
    put, right = await asked(wire, user, challenge)
    user.status = "FORCE_CHANGE_PASSWORD"
    assert (await answer(wire, put, **right))["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


async def status_refusals(wire: Wire) -> set[tuple[str, str]]:
    """Return the errors of both password flows, with a right and with a wrong password."""
    return {
        await wire.initiate_refused("USER_SRP_AUTH", USERNAME="alice", SRP_A="02"),
        await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD),
        await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!"),
    }


async def test_disabled_status_is_reported_before_unconfirmed() -> None:
    wire = Wire()
    await wire.call("SignUp", Username="alice", Password=PASSWORD)
    assert await status_refusals(wire) == {UNCONFIRMED}
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.enabled = False
    assert await status_refusals(wire) == {DISABLED}


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (None, ("PasswordResetRequiredException", "Password reset required for the user")),
        (HIDING, INCORRECT),
    ],
)
async def test_reset_is_revealed_only_after_the_right_password(
    client: AppClientSettings | None, expected: tuple[str, str]
) -> None:
    wire = Wire(client=client)
    (await wire.signed_up()).status = "RESET_REQUIRED"
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == expected
    assert await wire.refused("RespondToAuthChallenge", **respond(await proven(wire))) == expected
