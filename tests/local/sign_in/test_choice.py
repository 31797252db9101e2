"""USER_AUTH: sign-ins in which the user chooses the first factor."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import INCORRECT, PASSWORD, Wire, answer, answer_refused, listed, refusal
from ..srp_client import SrpClient

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
ALL = PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP", "SMS_OTP"), auto_verified=("email",))
ENABLED = AppClientSettings(prevent_user_existence_errors="ENABLED")
MISMATCH = ("CodeMismatchException", "Invalid code or auth state for the user.")


async def pool_with(settings: PoolSettings = ALL, client: AppClientSettings | None = None) -> Wire:
    wire = Wire(settings, client)
    await wire.signed_up()
    return wire


async def begin(wire: Wire, name: str = "alice", **parameters: str) -> Any:
    return await wire.initiate("USER_AUTH", USERNAME=name, **parameters)


async def test_user_chooses_among_available_factors() -> None:
    wire = await pool_with()
    asked = await begin(wire)
    assert asked["ChallengeName"] == "SELECT_CHALLENGE" and asked["Session"]
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.attributes |= {"phone_number": "+49123", "phone_number_verified": "true"}
    assert (await begin(wire))["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]


async def test_preferred_one_time_password_is_sent_immediately() -> None:
    wire = await pool_with()
    asked = await begin(wire, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert asked["ChallengeName"] == "EMAIL_OTP" and "EMAIL_OTP" in asked["AvailableChallenges"]
    assert asked["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
        "CODE_DELIVERY_DESTINATION": "f***@e***",
        "USERNAME": "alice",
    }
    sent = wire.service.outbox[-1]
    assert (sent.kind, len(sent.code)) == ("one_time_password", 8)
    for _ in range(6):
        assert await answer_refused(wire, asked, EMAIL_OTP_CODE="00000000x") == MISMATCH
    assert "AuthenticationResult" in await answer(wire, asked, EMAIL_OTP_CODE=sent.code)
    used = refusal("Invalid session for the user, session can only be used once.")
    assert await answer_refused(wire, asked, EMAIL_OTP_CODE=sent.code) == used


async def test_unavailable_preferred_factor_gives_the_choice() -> None:
    wire = await pool_with()
    for preferred in ("SMS_OTP", "WEB_AUTHN", "NOT_YET"):
        assert (await begin(wire, PREFERRED_CHALLENGE=preferred))["ChallengeName"] == "SELECT_CHALLENGE"


async def test_password_may_be_sent_with_the_choice_or_later() -> None:
    wire = await pool_with()
    at_once = await begin(wire, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in at_once
    refused = await wire.initiate_refused(
        "USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="PASSWORD", PASSWORD="wrong"
    )
    assert refused == INCORRECT
    asked = await begin(wire, PREFERRED_CHALLENGE="PASSWORD")
    assert asked["ChallengeName"] == "PASSWORD"
    assert await answer_refused(wire, asked, PASSWORD="wrong") == INCORRECT
    assert "AuthenticationResult" in await answer(wire, asked, PASSWORD=PASSWORD)


@pytest.mark.parametrize("way", ["at once", "asked for", "selected with its answer", "selected"])
async def test_password_is_proved_by_srp_with_a_session(way: str) -> None:
    wire = await pool_with()
    srp = SrpClient(wire.pool.id)
    match way:
        case "at once":
            verifier = await begin(wire, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=srp.srp_a)
        case "asked for":
            asked = await begin(wire, PREFERRED_CHALLENGE="PASSWORD_SRP")
            assert asked["ChallengeName"] == "PASSWORD_SRP"
            verifier = await answer(wire, asked, SRP_A=srp.srp_a)
        case "selected":
            asked = await answer(wire, await begin(wire), ANSWER="PASSWORD_SRP")
            verifier = await answer(wire, asked, SRP_A=srp.srp_a)
        case _:
            verifier = await answer(wire, await begin(wire), ANSWER="PASSWORD_SRP", SRP_A=srp.srp_a)
    assert verifier["ChallengeName"] == "PASSWORD_VERIFIER" and verifier["Session"]
    responses = srp.answer(verifier["ChallengeParameters"], PASSWORD, wire.clock.now())
    without = await wire.refused(
        "RespondToAuthChallenge", ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=responses
    )
    assert without == (INVALID, "Missing required parameter Session")
    assert "AuthenticationResult" in await answer(wire, verifier, **responses)


@pytest.mark.parametrize("way", ["PASSWORD", "PASSWORD_SRP"])
async def test_user_auth_allows_both_password_proofs_if_other_flows_are_disabled(way: str) -> None:
    wire = Wire(ALL, AppClientSettings(explicit_auth_flows=frozenset({"ALLOW_USER_AUTH"})))
    await wire.signed_up()
    if way == "PASSWORD":
        assert "AuthenticationResult" in await begin(wire, PREFERRED_CHALLENGE=way, PASSWORD=PASSWORD)
    else:
        srp = SrpClient(wire.pool.id)
        verifier = await begin(wire, PREFERRED_CHALLENGE=way, SRP_A=srp.srp_a)
        responses = srp.answer(verifier["ChallengeParameters"], PASSWORD, wire.clock.now())
        assert "AuthenticationResult" in await answer(wire, verifier, **responses)


async def test_one_time_password_by_sms_signs_in() -> None:
    wire = await pool_with()
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.attributes |= {"phone_number": "+4915123459934", "phone_number_verified": "true"}
    asked = await begin(wire, PREFERRED_CHALLENGE="SMS_OTP")
    assert asked["ChallengeName"] == "SMS_OTP"
    assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "+*******9934"
    sent = wire.service.outbox[-1]
    assert (sent.medium, sent.destination, len(sent.code)) == ("SMS", "+4915123459934", 8)
    assert await answer_refused(wire, asked, SMS_OTP_CODE="00000000x") == MISMATCH
    assert "AuthenticationResult" in await answer(wire, asked, SMS_OTP_CODE=sent.code)


async def test_choice_must_be_one_of_the_offered_factors() -> None:
    wire = await pool_with()
    asked = await begin(wire)
    assert await answer_refused(wire, asked, ANSWER="SMS_OTP") == (INVALID, "Invalid challenge selection.")
    with_password = await answer(wire, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in with_password
    code_asked = await answer(wire, await begin(wire), ANSWER="EMAIL_OTP")
    assert code_asked["ChallengeName"] == "EMAIL_OTP"
    code = wire.service.outbox[-1].code
    assert "AuthenticationResult" in await answer(wire, code_asked, EMAIL_OTP_CODE=code)


async def test_factor_whose_contact_was_deleted_since_gets_no_code() -> None:
    wire = await pool_with()
    asked = await begin(wire)
    await wire.admin("AdminDeleteUserAttributes", Username="alice", UserAttributeNames=["email"])
    sent = len(wire.service.outbox)
    assert (await answer(wire, asked, ANSWER="EMAIL_OTP"))["ChallengeName"] == "EMAIL_OTP"
    assert len(wire.service.outbox) == sent


async def test_user_with_a_temporary_password_is_offered_no_code_by_email() -> None:
    wire = Wire(ALL)
    attributes = listed({"email": "f@example.com", "email_verified": "true"})
    await wire.admin("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD, UserAttributes=attributes)
    asked = await begin(wire, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["PASSWORD_SRP", "PASSWORD"])
    changed = await answer(wire, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert changed["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


async def test_user_with_a_second_factor_is_offered_no_one_time_password() -> None:
    wire = await pool_with(PoolSettings(first_factors=ALL.first_factors, mfa="OPTIONAL"))
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.mfa = ("EMAIL_OTP",)
    asked = await begin(wire)
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]
    second = await answer(wire, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert second["ChallengeName"] == "EMAIL_OTP" and "AvailableChallenges" not in second


async def test_user_without_a_first_factor_is_refused() -> None:
    wire = await pool_with(PoolSettings(first_factors=("SMS_OTP",)))
    assert await wire.initiate_refused("USER_AUTH", USERNAME="alice") == INCORRECT


async def test_hidden_unknown_user_gets_the_replies_of_a_known_one_and_no_message() -> None:
    wire = await pool_with()
    unknown = await wire.initiate_refused("USER_AUTH", USERNAME="nobody")
    assert unknown == ("UserNotFoundException", "User does not exist.")
    wire = await pool_with(client=ENABLED)
    sent = len(wire.service.outbox)
    for preferred, medium in (("EMAIL_OTP", "EMAIL"), ("SMS_OTP", "SMS")):
        asked = await begin(wire, "nobody@example.com", PREFERRED_CHALLENGE=preferred)
        again = await begin(wire, "nobody@example.com", PREFERRED_CHALLENGE=preferred)
        assert asked["ChallengeName"] == preferred and asked["Session"] != again["Session"]
        assert asked["ChallengeParameters"] == again["ChallengeParameters"]
        # The `Session` is as long as that of a known user, and as in AWS.
        assert 1543 <= len(asked["Session"]) == len((await begin(wire))["Session"]) <= 1587
        assert asked["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
        assert await answer_refused(wire, asked, **{f"{preferred}_CODE": "12345678"}) == MISMATCH
        other = await answer_refused(wire, asked, **{f"{preferred}_CODE": "12345678", "USERNAME": "alice"})
        assert other == refusal("Invalid session for the user.")
    assert len(wire.service.outbox) == sent
    chosen = await begin(wire, "nobody")
    assert chosen["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    assert await answer_refused(wire, chosen, ANSWER="PASSWORD", PASSWORD=PASSWORD) == INCORRECT


async def test_disabled_flow_is_refused() -> None:
    wire = await pool_with(client=AppClientSettings(explicit_auth_flows=frozenset({"ALLOW_USER_SRP_AUTH"})))
    refused = await wire.initiate_refused("USER_AUTH", USERNAME="alice")
    assert refused == (INVALID, "USER_AUTH is not enabled for the client.")
