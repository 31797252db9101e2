"""aws-amplify 6 against our served local pool: USER_AUTH, and automatic sign-in after a sign-up."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient
from .test_amplify import (
    IN,
    INCORRECT,
    MISMATCH,
    PASSWORD,
    WRONG,
    answer,
    confirm,
    next_step,
    refresh,
    refusal,
    run_steps,
    run_with_account,
    sign_in,
    sign_up,
)

pytestmark = pytest.mark.peer
# One-time passwords have eight digits. The right one has six digits only because this pool has a fixed code.
MISTYPED = "00000000"
SELECTION = "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION"
EMAIL_CODE = {
    "signInStep": "CONFIRM_SIGN_IN_WITH_EMAIL_CODE",
    "codeDeliveryDetails": {"deliveryMedium": "EMAIL", "destination": "a***@e***"},
}
AUTO_SIGN_IN = {"ok": {"isSignUpComplete": True, "nextStep": {"signUpStep": "COMPLETE_AUTO_SIGN_IN"}}}


def choose(device: str, preferred: str | None = None, password: str | None = None) -> list[Any]:
    """Return the step that begins a sign-in with USER_AUTH."""
    options = {"preferredChallenge": preferred} if preferred else {}
    return sign_in(device, password, "USER_AUTH", **options)


def test_email_code_is_preferred(served_with_all: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        asked=choose(name, "EMAIL_OTP"),
        mistyped=answer(name, MISTYPED),
        answered=answer(name, CODE),
        refreshed=refresh(name),
    )
    assert outcome["asked"] == {"ok": {"isSignedIn": False, "nextStep": EMAIL_CODE}}
    assert refusal(outcome["mistyped"]) == MISMATCH and outcome["answered"] == IN
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name


def test_email_code_is_chosen(served_with_all: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        asked=choose(name),
        not_offered=answer(name, "SMS_OTP"),
        chosen=answer(name, "EMAIL_OTP"),
        mistyped=answer(name, MISTYPED),
        answered=answer(name, CODE),
    )
    asked = outcome["asked"]["ok"]["nextStep"]
    assert asked["signInStep"] == SELECTION
    assert set(asked["availableChallenges"]) == {"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"}
    assert refusal(outcome["not_offered"]) == "InvalidParameterException"
    assert outcome["chosen"]["ok"]["nextStep"] == EMAIL_CODE
    assert refusal(outcome["mistyped"]) == MISMATCH and outcome["answered"] == IN


@pytest.mark.parametrize("factor", ["PASSWORD", "PASSWORD_SRP"])
def test_password_is_preferred(served_with_all: AppClient, name: str, factor: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        wrong=choose(name, factor, WRONG),
        right=choose(name, factor, PASSWORD),
        refreshed=refresh(name),
    )
    assert outcome["wrong"] == INCORRECT and outcome["right"] == IN
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name


@pytest.mark.parametrize("factor", ["PASSWORD", "PASSWORD_SRP"])
def test_password_is_chosen(served_with_all: AppClient, name: str, factor: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        asked=choose(name),
        chosen=answer(name, factor),
        wrong=answer(name, WRONG),
        asked_again=choose(name),
        chosen_again=answer(name, factor),
        right=answer(name, PASSWORD),
    )
    assert next_step(outcome["asked"]) == SELECTION
    assert next_step(outcome["chosen"]) == "CONFIRM_SIGN_IN_WITH_PASSWORD"
    assert outcome["wrong"] == INCORRECT and outcome["right"] == IN


def test_missing_factors_are_not_offered(served_with_all: AppClient, name: str) -> None:
    outcome = run_steps(
        served_with_all,
        made=sign_up(name, None),
        too_early=choose(name, "EMAIL_OTP"),
        confirmed=confirm(name),
        preferred=choose(name, "PASSWORD", PASSWORD),
        chosen=answer(name, "EMAIL_OTP"),
        answered=answer(name, CODE),
    )
    assert next_step(outcome["too_early"]) == "CONFIRM_SIGN_UP"
    assert outcome["preferred"]["ok"]["nextStep"] == {"signInStep": SELECTION, "availableChallenges": ["EMAIL_OTP"]}
    assert outcome["answered"] == IN


@pytest.mark.parametrize("preferred", [None, "EMAIL_OTP"])
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_confirmation_code_signs_in_automatically(
    served_with_all: AppClient, name: str, password: str | None, preferred: str | None
) -> None:
    options = {"preferredChallenge": preferred} if preferred else {}
    outcome = run_steps(
        served_with_all,
        made=sign_up(name, password, autoSignIn={"authFlowType": "USER_AUTH", **options}),
        mistyped=confirm(name, "000000"),
        confirmed=confirm(name),
        signed_in=["autoSignIn", name],
        session=["fetchAuthSession", name],
        spent=["autoSignIn", name],
    )
    assert outcome["made"]["ok"]["nextStep"]["signUpStep"] == "CONFIRM_SIGN_UP"
    assert refusal(outcome["mistyped"]) == MISMATCH and outcome["confirmed"] == AUTO_SIGN_IN
    assert outcome["signed_in"] == IN
    assert outcome["session"]["ok"]["userSub"] == outcome["made"]["ok"]["userId"]
    assert refusal(outcome["spent"]) == "AutoSignInException"


@pytest.mark.parametrize(
    "how",
    [True, {"authFlowType": "USER_PASSWORD_AUTH"}, {"authFlowType": "USER_AUTH", "preferredChallenge": "PASSWORD_SRP"}],
)
def test_sign_up_password_signs_in_automatically(served_with_all: AppClient, name: str, how: Any) -> None:
    outcome = run_steps(
        served_with_all,
        made=sign_up(name, autoSignIn=how),
        confirmed=confirm(name),
        signed_in=["autoSignIn", name],
        session=["fetchAuthSession", name],
    )
    assert outcome["confirmed"] == AUTO_SIGN_IN and outcome["signed_in"] == IN
    assert outcome["session"]["ok"]["userSub"] == outcome["made"]["ok"]["userId"]
