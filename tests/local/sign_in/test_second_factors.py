"""The challenges of a second factor: their choice, their answers, and when their `Session` ends."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.state.entities import User

from ..helpers import PASSWORD, Wire, answer, answer_refused, claims, refusal, totp

pytestmark = [pytest.mark.anyio, pytest.mark.table]
MISMATCH = ("CodeMismatchException", "Invalid code or auth state for the user.")
USED = refusal("Invalid session for the user, session can only be used once.")
EXPIRED = refusal("Invalid session for the user, session is expired.")
INVALID_SESSION = refusal("Invalid session for the user.")
OPTIONAL, ALWAYS = PoolSettings(mfa="OPTIONAL"), PoolSettings(mfa="ON")


async def pool_with(settings: PoolSettings, *factors: Any, preferred: Any = None) -> tuple[Wire, User]:
    """Make a pool with the user alice, who has these factors switched on."""
    wire = Wire(settings)
    user = await wire.signed_up(email="florence@example.com", phone_number="+4915123459934")
    user.mfa, user.preferred_mfa = factors, preferred
    return wire, user


async def with_app(wire: Wire, user: User) -> str:
    """Give the user an authenticator app and return its secret."""
    access = (await wire.tokens())["AccessToken"]
    secret: str = (await wire.call("AssociateSoftwareToken", AccessToken=access))["SecretCode"]
    await wire.call("VerifySoftwareToken", AccessToken=access, UserCode=totp(secret, wire.clock.now(), -1))
    user.mfa = ("SOFTWARE_TOKEN_MFA",)
    return secret


async def begin(wire: Wire) -> Any:
    return await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)


async def test_code_by_sms_signs_in() -> None:
    wire, _ = await pool_with(OPTIONAL, "SMS_MFA")
    asked = await begin(wire)
    assert asked["ChallengeName"] == "SMS_MFA"
    assert asked["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": "+*******9934",
        "USER_ID_FOR_SRP": "alice",
    }
    sent = wire.service.outbox[-1]
    assert (sent.kind, sent.medium, sent.destination, len(sent.code)) == ("mfa", "SMS", "+4915123459934", 6)
    reply = await answer(wire, asked, SMS_MFA_CODE=sent.code)
    assert claims(reply["AuthenticationResult"]["AccessToken"])[1]["username"] == "alice"


async def test_code_by_email_signs_in() -> None:
    wire, _ = await pool_with(OPTIONAL, "EMAIL_OTP")
    asked = await begin(wire)
    assert asked["ChallengeName"] == "EMAIL_OTP" and asked["ChallengeParameters"]["USERNAME"] == "alice"
    assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "f***@e***"
    assert len(wire.service.outbox[-1].code) == 6
    assert "AuthenticationResult" in await answer(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)


async def test_right_code_spends_the_session_but_wrong_ones_do_not() -> None:
    wire, _ = await pool_with(OPTIONAL, "SMS_MFA")
    asked = await begin(wire)
    for _ in range(4):
        assert await answer_refused(wire, asked, SMS_MFA_CODE="wrong") == MISMATCH
    code = wire.service.outbox[-1].code
    assert "AuthenticationResult" in await answer(wire, asked, SMS_MFA_CODE=code)
    assert await answer_refused(wire, asked, SMS_MFA_CODE=code) == USED


async def test_session_expires_and_is_bound_to_challenge_client_and_user() -> None:
    wire, _ = await pool_with(OPTIONAL, "SMS_MFA")
    await wire.signed_up("bob", PASSWORD, email="bob@example.com")
    wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
    asked = await begin(wire)
    code = wire.service.outbox[-1].code
    assert await answer_refused(wire, {**asked, "ChallengeName": "EMAIL_OTP"}, EMAIL_OTP_CODE=code) == INVALID_SESSION
    assert await answer_refused(wire, {**asked, "ChallengeName": "WEB_AUTHN"}, ANSWER="x") == INVALID_SESSION
    assert await answer_refused(wire, {**asked, "Session": "x" * 40}, SMS_MFA_CODE=code) == INVALID_SESSION
    assert await answer_refused(wire, asked, USERNAME="bob", SMS_MFA_CODE=code) == INVALID_SESSION
    other = {
        "ClientId": "other",
        "ChallengeName": "SMS_MFA",
        "Session": asked["Session"],
        "ChallengeResponses": {"USERNAME": "alice", "SMS_MFA_CODE": code},
    }
    reply = await wire.post("RespondToAuthChallenge", other)
    assert reply.json()["message"] == "Invalid session for the user."
    assert await wire.refused(
        "RespondToAuthChallenge", ChallengeName="SMS_MFA", ChallengeResponses={"USERNAME": "alice"}
    ) == ("InvalidParameterException", "Missing required parameter Session")
    assert await answer_refused(wire, asked) == ("InvalidParameterException", "Missing required parameter SMS_MFA_CODE")
    wire.clock.advance(180)
    assert await answer_refused(wire, asked, SMS_MFA_CODE=code) == EXPIRED


async def test_expired_sessions_are_deleted() -> None:
    wire, _ = await pool_with(OPTIONAL, "SMS_MFA")
    asked = await begin(wire)
    wire.clock.advance(181)
    await begin(wire)
    assert len(wire.service._state.pending_sign_ins) == 1
    assert await answer_refused(wire, asked, SMS_MFA_CODE="x") == EXPIRED


async def test_deleted_or_disabled_user_cannot_answer_a_second_factor() -> None:
    wire, user = await pool_with(OPTIONAL, "SMS_MFA")
    asked = await begin(wire)
    user.enabled = False
    assert await answer_refused(wire, asked, SMS_MFA_CODE="x") == refusal("User is disabled.")
    user.enabled = True
    await wire.admin("AdminDeleteUser", Username="alice")
    assert await answer_refused(wire, asked, SMS_MFA_CODE="x") == INVALID_SESSION


async def test_app_code_may_be_one_step_off_and_is_valid_once() -> None:
    wire, user = await pool_with(OPTIONAL)
    secret = await with_app(wire, user)
    asked = await begin(wire)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert asked["ChallengeParameters"] == {"FRIENDLY_DEVICE_NAME": "transparent", "USER_ID_FOR_SRP": "alice"}
    now = wire.clock.now()
    for steps in (-2, 2):
        refused = await answer_refused(wire, asked, SOFTWARE_TOKEN_MFA_CODE=totp(secret, now, steps))
        assert refused == ("CodeMismatchException", "Invalid code received for user")
    used = ("ExpiredCodeException", "Your software token has already been used once.")
    assert await answer_refused(wire, asked, SOFTWARE_TOKEN_MFA_CODE=totp(secret, now, -1)) == used
    assert "AuthenticationResult" in await answer(wire, asked, SOFTWARE_TOKEN_MFA_CODE=totp(secret, now, 1))
    again = await begin(wire)
    for steps in (-1, 0, 1):
        assert await answer_refused(wire, again, SOFTWARE_TOKEN_MFA_CODE=totp(secret, now, steps)) == used
    wire.clock.advance(31)
    later = totp(secret, wire.clock.now(), 1)
    assert "AuthenticationResult" in await answer(wire, again, SOFTWARE_TOKEN_MFA_CODE=later)


async def test_code_of_a_removed_app_is_refused() -> None:
    wire, user = await pool_with(OPTIONAL)
    secret = await with_app(wire, user)
    asked = await begin(wire)
    user.software_token = None
    refused = await answer_refused(wire, asked, SOFTWARE_TOKEN_MFA_CODE=totp(secret, wire.clock.now()))
    assert refused == ("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")
    assert (await begin(wire))["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "transparent"


@pytest.mark.parametrize(
    ("answered", "next_one"),
    [("SMS_MFA", "SMS_MFA"), ("EMAIL_OTP", "EMAIL_OTP"), ("EMAIL_MFA", "EMAIL_OTP")],
)
async def test_user_with_several_factors_chooses(answered: str, next_one: str) -> None:
    wire, _ = await pool_with(OPTIONAL, "SMS_MFA", "EMAIL_OTP")
    asked = await begin(wire)
    assert asked["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "EMAIL_OTP"]
    refused = await answer_refused(wire, asked, ANSWER="SOFTWARE_TOKEN_MFA")
    assert refused == ("InvalidParameterException", "Invalid MFA type selection.")
    chosen = await answer(wire, asked, ANSWER=answered)
    assert chosen["ChallengeName"] == next_one and chosen["Session"] != asked["Session"]
    assert await answer_refused(wire, asked, ANSWER=answered) == USED


async def test_preferred_factor_is_requested_without_a_choice() -> None:
    wire, user = await pool_with(OPTIONAL, "SMS_MFA", "EMAIL_OTP", preferred="EMAIL_OTP")
    assert (await begin(wire))["ChallengeName"] == "EMAIL_OTP"
    user.preferred_mfa = "SOFTWARE_TOKEN_MFA"  # not switched on
    assert (await begin(wire))["ChallengeName"] == "SELECT_MFA_TYPE"


async def test_second_factor_is_not_requested_if_the_pool_does_not_offer_it() -> None:
    wire, _ = await pool_with(PoolSettings(mfa="OFF"), "SMS_MFA", preferred="SMS_MFA")
    assert "AuthenticationResult" in await begin(wire)
    wire, _ = await pool_with(PoolSettings(mfa="OPTIONAL", mfa_methods=("EMAIL_OTP",)), "SMS_MFA")
    assert "AuthenticationResult" in await begin(wire)


async def test_one_of_two_concurrent_right_answers_succeeds() -> None:
    wire, _ = await pool_with(OPTIONAL, "SMS_MFA")
    asked = await begin(wire)
    code = wire.service.outbox[-1].code
    statuses: list[int] = []
    body = {
        "ClientId": wire.client.id,
        "ChallengeName": "SMS_MFA",
        "Session": asked["Session"],
        "ChallengeResponses": {"USERNAME": "alice", "SMS_MFA_CODE": code},
    }

    async def send() -> None:
        statuses.append((await wire.post("RespondToAuthChallenge", body)).status_code)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(send)
    assert sorted(statuses) == [200, 400, 400]
