"""aws-amplify 6 against our served local pool: second factors, set up during or after the sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient
from .test_amplify import (
    IN,
    MISMATCH,
    PASSWORD,
    PHONE_ONLY,
    VOID,
    answer,
    next_step,
    refusal,
    run_with_account,
    sign_in,
)

pytestmark = pytest.mark.peer
TOTP_CODE = "CONFIRM_SIGN_IN_WITH_TOTP_CODE"
EMAIL_CODE = "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
NOT_A_CODE = "EnableSoftwareTokenMFAException"


def by_app(device: str, late: int = 0) -> list[Any]:
    """Return the step that answers with a code of the app: the current one, or the next one with `late=1`.

    The next code is needed if the current one has been used, because each code is accepted only once.
    """
    return ["answerByApp", device, {"late": late}]


def prefer(device: str, **factors: str) -> list[Any]:
    return ["updateMFAPreference", device, factors]


def test_app_set_up_after_sign_in_is_required(served_with_all: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        signed_in=sign_in(name),
        app=["setUpTOTP", name],
        mistyped_setup=["verifyTOTPSetup", name, {"code": "000000"}],
        verified=["verifyTOTPSetup", name],
        off=["fetchMFAPreference", name],
        preferred=prefer(name, totp="PREFERRED"),
        on=["fetchMFAPreference", name],
        out=["signOut", name],
        asked=sign_in(name),
        mistyped=answer(name, "000000"),
        answered=by_app(name, 1),
        disabled=prefer(name, totp="DISABLED"),
        off_again=["fetchMFAPreference", name],
        out_again=["signOut", name],
        not_asked=sign_in(name),
    )
    assert len(outcome["app"]["ok"]["sharedSecret"]) >= 16
    assert refusal(outcome["mistyped_setup"]) == NOT_A_CODE and outcome["verified"] == VOID
    assert outcome["off"] == {"ok": {}} and outcome["preferred"] == VOID
    assert outcome["on"] == {"ok": {"preferred": "TOTP", "enabled": ["TOTP"]}}
    assert next_step(outcome["asked"]) == TOTP_CODE and refusal(outcome["mistyped"]) == MISMATCH
    assert outcome["answered"] == IN
    assert outcome["off_again"] == {"ok": {}} and outcome["not_asked"] == IN


def test_app_is_set_up_during_sign_in(served_with_mfa: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_mfa,
        name,
        PHONE_ONLY,
        asked=sign_in(name),
        chosen=answer(name, "TOTP"),
        mistyped=answer(name, "000000"),
        answered=by_app(name),
        on=["fetchMFAPreference", name],
        out=["signOut", name],
        asked_again=sign_in(name),
        answered_again=by_app(name, 1),
    )
    selection = {"signInStep": "CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION", "allowedMFATypes": ["TOTP", "EMAIL"]}
    assert outcome["asked"] == {"ok": {"isSignedIn": False, "nextStep": selection}}
    assert next_step(outcome["chosen"]) == "CONTINUE_SIGN_IN_WITH_TOTP_SETUP"
    assert refusal(outcome["mistyped"]) == NOT_A_CODE and outcome["answered"] == IN
    assert outcome["on"]["ok"]["enabled"] == ["TOTP"]
    assert next_step(outcome["asked_again"]) == TOTP_CODE and outcome["answered_again"] == IN


def test_email_address_is_set_up_during_sign_in(served_with_mfa: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_mfa,
        name,
        PHONE_ONLY,
        asked=sign_in(name),
        chosen=answer(name, "EMAIL"),
        no_address=answer(name, "no@address@"),
        sent=answer(name, "new@example.com"),
        mistyped=answer(name, "000000"),
        answered=answer(name, CODE),
        on=["fetchMFAPreference", name],
        attributes=["fetchUserAttributes", name],
        out=["signOut", name],
        asked_again=sign_in(name),
        answered_again=answer(name, CODE),
    )
    assert next_step(outcome["chosen"]) == "CONTINUE_SIGN_IN_WITH_EMAIL_SETUP"
    assert refusal(outcome["no_address"]) == "InvalidParameterException"
    delivery = {"deliveryMedium": "EMAIL", "destination": "n***@e***"}
    assert outcome["sent"]["ok"]["nextStep"] == {"signInStep": EMAIL_CODE, "codeDeliveryDetails": delivery}
    assert refusal(outcome["mistyped"]) == MISMATCH and outcome["answered"] == IN
    assert outcome["on"]["ok"]["enabled"] == ["EMAIL"]
    assert outcome["attributes"]["ok"]["email"] == "new@example.com"
    assert next_step(outcome["asked_again"]) == EMAIL_CODE and outcome["answered_again"] == IN


def test_email_address_is_a_required_factor_without_a_set_up(served_with_mfa: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_mfa,
        name,
        asked=sign_in(name),
        answered=answer(name, CODE),
        on=["fetchMFAPreference", name],
        app=["setUpTOTP", name],
        verified=["verifyTOTPSetup", name],
        out=["signOut", name],
        asked_again=sign_in(name),
    )
    assert next_step(outcome["asked"]) == EMAIL_CODE and outcome["answered"] == IN
    assert outcome["on"] == {"ok": {}} and outcome["verified"] == VOID
    assert next_step(outcome["asked_again"]) == "CONTINUE_SIGN_IN_WITH_MFA_SELECTION"


def test_one_of_several_factors_is_chosen(served_with_all: AppClient, name: str) -> None:
    choice: dict[str, list[Any]] = {}
    answers = {"EMAIL": answer(name, CODE), "SMS": answer(name, CODE), "TOTP": by_app(name, 1)}
    for factor, answered in answers.items():
        choice |= {f"out_for_{factor}": ["signOut", name], f"asked_for_{factor}": sign_in(name)}
        choice |= {f"chosen_{factor}": answer(name, factor), f"answered_{factor}": answered}
    outcome = run_with_account(
        served_with_all,
        name,
        signed_in=sign_in(name),
        numbered=["updateUserAttributes", name, {"userAttributes": {"phone_number": "+15555550100"}}],
        app=["setUpTOTP", name],
        verified=["verifyTOTPSetup", name],
        enabled=prefer(name, sms="ENABLED", totp="NOT_PREFERRED", email="ENABLED"),
        on=["fetchMFAPreference", name],
        **choice,
    )
    assert set(outcome["on"]["ok"]["enabled"]) == {"SMS", "TOTP", "EMAIL"} and "preferred" not in outcome["on"]["ok"]
    for factor in answers:
        asked = outcome[f"asked_for_{factor}"]["ok"]["nextStep"]
        assert asked["signInStep"] == "CONTINUE_SIGN_IN_WITH_MFA_SELECTION"
        assert set(asked["allowedMFATypes"]) == {"SMS", "TOTP", "EMAIL"}
        assert next_step(outcome[f"chosen_{factor}"]) == f"CONFIRM_SIGN_IN_WITH_{factor}_CODE"
        assert outcome[f"answered_{factor}"] == IN


@pytest.mark.parametrize("factor", ["PASSWORD", "PASSWORD_SRP"])
def test_chosen_password_is_followed_by_the_second_factor(served_with_all: AppClient, name: str, factor: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        signed_in=sign_in(name),
        preferred=prefer(name, email="PREFERRED"),
        out=["signOut", name],
        # A one-time password cannot be combined with a second factor.
        asked=sign_in(name, None, "USER_AUTH", preferredChallenge="EMAIL_OTP"),
        chosen=answer(name, factor),
        proven=answer(name, PASSWORD),
        mistyped=answer(name, "000000"),
        answered=answer(name, CODE),
    )
    assert set(outcome["asked"]["ok"]["nextStep"]["availableChallenges"]) == {"PASSWORD", "PASSWORD_SRP"}
    assert next_step(outcome["proven"]) == EMAIL_CODE
    assert refusal(outcome["mistyped"]) == MISMATCH and outcome["answered"] == IN
