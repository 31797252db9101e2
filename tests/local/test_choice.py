"""USER_AUTH: ways to sign in that the user chooses, and sign-ins that stand on what was shown before."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local import AppClientSettings, PoolSettings

from .helpers import INCORRECT, PASSWORD, SrpClient, Wire, answer, answer_refused, claims, listed, refusal

pytestmark = pytest.mark.anyio
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


async def test_without_a_preference_there_is_a_choice_of_what_the_user_has() -> None:
    wire = await pool_with()
    asked = await begin(wire)
    assert asked["ChallengeName"] == "SELECT_CHALLENGE" and asked["Session"]
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.attributes |= {"phone_number": "+49123", "phone_number_verified": "true"}
    assert (await begin(wire))["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]


async def test_a_preferred_one_time_password_is_sent_at_once_and_has_eight_digits() -> None:
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


async def test_a_preference_that_is_not_available_leads_to_the_choice() -> None:
    wire = await pool_with()
    for preferred in ("SMS_OTP", "WEB_AUTHN", "NOT_YET"):
        assert (await begin(wire, PREFERRED_CHALLENGE=preferred))["ChallengeName"] == "SELECT_CHALLENGE"


async def test_a_password_may_come_along_or_be_asked_for() -> None:
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
async def test_a_password_is_proved_by_srp_with_a_session(way: str) -> None:
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


async def test_a_choice_is_made_among_what_is_offered() -> None:
    wire = await pool_with()
    asked = await begin(wire)
    assert await answer_refused(wire, asked, ANSWER="SMS_OTP") == (INVALID, "Invalid challenge selection.")
    with_password = await answer(wire, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in with_password
    code_asked = await answer(wire, await begin(wire), ANSWER="EMAIL_OTP")
    assert code_asked["ChallengeName"] == "EMAIL_OTP"
    code = wire.service.outbox[-1].code
    assert "AuthenticationResult" in await answer(wire, code_asked, EMAIL_OTP_CODE=code)


async def test_a_temporary_password_comes_before_any_one_time_password() -> None:
    wire = Wire(ALL)
    attributes = listed({"email": "f@example.com", "email_verified": "true"})
    await wire.admin("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD, UserAttributes=attributes)
    asked = await begin(wire, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["PASSWORD_SRP", "PASSWORD"])
    changed = await answer(wire, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert changed["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


async def test_a_one_time_password_does_not_go_with_a_second_factor() -> None:
    wire = await pool_with(PoolSettings(first_factors=ALL.first_factors, mfa="ON"))
    assert (await begin(wire))["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]
    wire = await pool_with(PoolSettings(first_factors=ALL.first_factors, mfa="OPTIONAL"))
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.mfa = ("EMAIL_OTP",)
    asked = await begin(wire)
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]
    second = await answer(wire, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert second["ChallengeName"] == "EMAIL_OTP" and "AvailableChallenges" not in second


async def test_who_has_no_way_in_is_refused() -> None:
    wire = await pool_with(PoolSettings(first_factors=("SMS_OTP",)))
    assert await wire.initiate_refused("USER_AUTH", USERNAME="alice") == INCORRECT


async def test_somebody_unknown_is_told_or_sent_nothing_in_the_same_words() -> None:
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
        assert asked["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
        assert await answer_refused(wire, asked, **{f"{preferred}_CODE": "12345678"}) == MISMATCH
        other = await answer_refused(wire, asked, **{f"{preferred}_CODE": "12345678", "USERNAME": "alice"})
        assert other == refusal("Invalid session for the user.")
    assert len(wire.service.outbox) == sent
    chosen = await begin(wire, "nobody")
    assert chosen["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    assert await answer_refused(wire, chosen, ANSWER="PASSWORD", PASSWORD=PASSWORD) == INCORRECT


async def test_the_flow_may_be_off() -> None:
    wire = await pool_with(client=AppClientSettings(explicit_auth_flows=frozenset({"ALLOW_USER_SRP_AUTH"})))
    refused = await wire.initiate_refused("USER_AUTH", USERNAME="alice")
    assert refused == (INVALID, "USER_AUTH is not enabled for the client.")


# --- after a sign-up ---


async def sign_up(wire: Wire, name: str = "alice") -> str:
    attributes = listed({"email": f"{name}@example.com"})
    await wire.call("SignUp", Username=name, Password=PASSWORD, UserAttributes=attributes)
    code = wire.service.outbox[-1].code
    session: str = (await wire.call("ConfirmSignUp", Username=name, ConfirmationCode=code))["Session"]
    return session


async def by_session(wire: Wire, session: str, name: str = "alice") -> Any:
    return await wire.call("InitiateAuth", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name}, Session=session)


async def test_the_session_of_a_confirmation_signs_in_once_and_asks_for_nothing() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    session = await sign_up(wire)
    assert "AuthenticationResult" in await by_session(wire, session)
    again = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    used = refusal("Invalid session for the user, session can only be used once.")
    assert await wire.refused("InitiateAuth", **again) == used


async def test_such_a_session_is_of_one_user_and_ends_after_its_time() -> None:
    wire = Wire()
    session = await sign_up(wire)
    await sign_up(wire, "bob")
    bob = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "bob"}, "Session": session}
    assert await wire.refused("InitiateAuth", **bob) == refusal("Invalid session for the user.")
    wire.clock.advance(180)
    late = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    assert await wire.refused("InitiateAuth", **late) == refusal("Invalid session for the user, session is expired.")


# --- step-up ---


async def test_an_access_token_counts_as_the_first_factor_and_the_level_is_in_the_tokens() -> None:
    wire = await pool_with(PoolSettings(mfa="OPTIONAL"))
    access = (await wire.tokens())["AccessToken"]
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.mfa = ("EMAIL_OTP",)
    asked = await begin(wire, ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high urn:low", MAX_AGE="300")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    reply = await answer(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)
    for token in ("AccessToken", "IdToken"):
        held = claims(reply["AuthenticationResult"][token])[1]
        assert (held["acr"], held["amr"]) == ("urn:high", ["pwd", "mfa", "otp"])
    assert "acr" not in claims(access)[1]


async def test_an_older_sign_in_does_not_count() -> None:
    wire = await pool_with()
    access = (await wire.tokens())["AccessToken"]
    wire.clock.advance(301)
    asked = await begin(wire, ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high", MAX_AGE="300")
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert "AuthenticationResult" in await begin(wire, ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high")


async def test_a_step_up_that_cannot_be_is_refused() -> None:
    wire = await pool_with()
    await wire.signed_up("bob", PASSWORD, email="bob@example.com")
    access = (await wire.tokens("bob"))["AccessToken"]

    async def refused(**parameters: str) -> tuple[str, str]:
        return await wire.initiate_refused("USER_AUTH", USERNAME="alice", **parameters)

    assert await refused(ACCESS_TOKEN=access) == (INVALID, "ACCESS_TOKEN requires TARGET_ACR_VALUES")
    other = await refused(ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high")
    assert other == refusal("Access Token does not belong to the user")
    mine = (await wire.tokens())["AccessToken"]
    for text in ("soon", "-1", "\u0663"):
        with_age = await refused(ACCESS_TOKEN=mine, TARGET_ACR_VALUES="urn:high", MAX_AGE=text)
        assert with_age == (INVALID, "MAX_AGE must be a number of seconds")
