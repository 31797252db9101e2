"""MFA_SETUP: a second factor is set up in the middle of a sign-in."""

from __future__ import annotations

import json

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.state.entities import User

from ..accounts.test_mfa_settings import MISMATCH, ON, signed_in, wrong
from ..helpers import PASSWORD, Wire, answer, answer_refused, refusal, totp
from .test_second_factors import begin, pool_with

pytestmark = [pytest.mark.anyio, pytest.mark.table]
USED = refusal("Invalid session for the user, session can only be used once.")
INVALID_SESSION = refusal("Invalid session for the user.")
ALWAYS = PoolSettings(mfa="ON")


async def without_contacts(settings: PoolSettings) -> tuple[Wire, User]:
    """Make a pool with the user alice. A user with a contact has a factor already."""
    wire, user = await pool_with(settings)
    user.attributes.clear()
    return wire, user


async def test_user_without_a_factor_sets_one_up_if_mfa_is_required() -> None:
    wire, user = await without_contacts(ALWAYS)
    asked = await begin(wire)
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
    # No app has been verified, so the sign-in cannot continue.
    assert await answer_refused(wire, asked) == INVALID_SESSION
    associated = await wire.call("AssociateSoftwareToken", Session=asked["Session"])
    secret = associated["SecretCode"]
    verified = await wire.call(
        "VerifySoftwareToken", Session=associated["Session"], UserCode=totp(secret, wire.clock.now())
    )
    assert await answer_refused(wire, {**asked, "Session": associated["Session"]}) == USED
    reply = await answer(wire, {**asked, "Session": verified["Session"]})
    assert "AuthenticationResult" in reply and user.mfa == ("SOFTWARE_TOKEN_MFA",)
    assert (await begin(wire))["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


async def test_status_that_ends_the_sign_in_also_ends_the_set_up() -> None:
    wire, user = await without_contacts(ALWAYS)
    asked = await begin(wire)
    user.status = "RESET_REQUIRED"
    # AssociateSoftwareToken does not declare errors about a user's status, but VerifySoftwareToken does.
    assert await wire.refused("AssociateSoftwareToken", Session=asked["Session"]) == INVALID_SESSION
    code, _ = await wire.refused("VerifySoftwareToken", Session=asked["Session"], UserCode="123456")
    assert code == "PasswordResetRequiredException"
    user.enabled = False
    assert await wire.refused("AssociateSoftwareToken", Session=asked["Session"]) == refusal("User is disabled.")


async def test_address_can_be_set_up_as_the_factor() -> None:
    wire, user = await without_contacts(PoolSettings(mfa="ON", mfa_methods=("EMAIL_OTP",)))
    asked = await begin(wire)
    refused = await answer_refused(wire, asked, EMAIL="no address")
    assert refused == ("InvalidParameterException", "Invalid email address format.")
    code_asked = await answer(wire, asked, EMAIL="new@example.com")
    assert code_asked["ChallengeName"] == "EMAIL_OTP"
    assert wire.service.outbox[-1].destination == "new@example.com"
    assert "email" not in user.attributes  # until the code confirms it
    assert "AuthenticationResult" in await answer(wire, code_asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)
    assert user.attributes["email"] == "new@example.com" and user.mfa == ("EMAIL_OTP",)
    assert (await begin(wire))["ChallengeName"] == "EMAIL_OTP"


async def test_address_setup_needs_email_mfa_in_the_pool() -> None:
    wire, _ = await pool_with(PoolSettings(mfa="ON", mfa_methods=("SOFTWARE_TOKEN_MFA",)))
    asked = await begin(wire)
    assert await answer_refused(wire, asked, EMAIL="new@example.com") == INVALID_SESSION


async def test_address_of_another_user_cannot_be_set_up() -> None:
    wire = Wire(PoolSettings(mfa="ON", alias_attributes=("email",)))
    await wire.signed_up("bob", PASSWORD, email="new@example.com")
    user = await wire.signed_up("alice", PASSWORD, email="f@example.com")
    user.attributes.clear()
    asked = await answer(wire, await begin(wire), EMAIL="new@example.com")
    code = wire.service.outbox[-1].code
    taken = ("AliasExistsException", "An account with the email already exists.")
    assert await answer_refused(wire, asked, EMAIL_OTP_CODE=code) == taken
    assert not user.attributes and not user.mfa


@pytest.mark.parametrize("how", ["app", "address"])
async def test_older_sign_in_cannot_set_up_a_second_factor_again(how: str) -> None:
    """Otherwise, a password alone would suffice to replace the user's second factor."""
    wire, user = await without_contacts(ALWAYS)
    older, asked = await begin(wire), await begin(wire)
    if how == "app":
        associated = await wire.call("AssociateSoftwareToken", Session=older["Session"])
        stale, right = older, {}
    else:
        stale = await answer(wire, older, EMAIL="mallory@example.com")
        right = {"EMAIL_OTP_CODE": wire.service.outbox[-1].code}
    asked = await answer(wire, asked, EMAIL="florence@example.com")
    await answer(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)
    if how == "app":
        code = totp(associated["SecretCode"], wire.clock.now())
        verified = await wire.call("VerifySoftwareToken", Session=associated["Session"], UserCode=code)
        stale = {**older, "Session": verified["Session"]}
    assert await answer_refused(wire, stale, **right) == INVALID_SESSION
    assert user.mfa == ("EMAIL_OTP",) and user.attributes["email"] == "florence@example.com"


async def set_up_session(wire: Wire) -> str:
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "MFA_SETUP"
    session: str = asked["Session"]
    return session


async def test_app_is_set_up_during_a_sign_in() -> None:
    wire, _ = await without_contacts(ALWAYS)
    first = await set_up_session(wire)
    associated = await wire.call("AssociateSoftwareToken", Session=first)
    assert associated.keys() == {"SecretCode", "Session"} and associated["Session"] != first
    once = refusal("Invalid session for the user, session can only be used once.")
    assert await wire.refused("AssociateSoftwareToken", Session=first) == once
    code, second = totp(associated["SecretCode"], wire.clock.now()), associated["Session"]
    assert await wire.refused("VerifySoftwareToken", Session=second, UserCode=wrong(code)) == MISMATCH
    verified = await wire.call("VerifySoftwareToken", Session=second, UserCode=code)
    assert verified == {"Status": "SUCCESS", "Session": verified["Session"]}
    responses = {"USERNAME": "alice"}
    for session, outcome in ((second, once), (verified["Session"], None)):
        answer = {"ChallengeName": "MFA_SETUP", "Session": session, "ChallengeResponses": responses}
        if outcome is not None:
            assert await wire.refused("RespondToAuthChallenge", **answer) == outcome
        else:
            assert (await wire.call("RespondToAuthChallenge", **answer))["AuthenticationResult"]
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.mfa == ("SOFTWARE_TOKEN_MFA",)


async def test_verified_app_is_a_factor_although_the_challenge_is_never_answered() -> None:
    wire, _ = await without_contacts(ALWAYS)
    associated = await wire.call("AssociateSoftwareToken", Session=await set_up_session(wire))
    code = totp(associated["SecretCode"], wire.clock.now())
    await wire.call("VerifySoftwareToken", Session=associated["Session"], UserCode=code)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


async def test_session_of_another_challenge_is_refused() -> None:
    wire, access = await signed_in(email="f@example.com")
    await wire.call("SetUserMFAPreference", EmailMfaSettings=ON, **access)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    invalid = refusal("Invalid session for the user.")
    assert await wire.refused("AssociateSoftwareToken", Session=asked["Session"]) == invalid
    assert await wire.refused("AssociateSoftwareToken", Session="x" * 20) == invalid


async def test_expired_session_is_refused() -> None:
    wire, _ = await without_contacts(ALWAYS)
    session = await set_up_session(wire)
    wire.clock.advance(180)
    expired = refusal("Invalid session for the user, session is expired.")
    assert await wire.refused("AssociateSoftwareToken", Session=session) == expired
