"""aws-amplify 6 against our served local pool: forgotten and changed passwords, and attributes."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient
from .test_amplify import (
    BY_EMAIL,
    IN,
    INCORRECT,
    MISMATCH,
    NEW,
    PASSWORD,
    VOID,
    next_step,
    refusal,
    run_steps,
    run_with_account,
    sign_in,
)

pytestmark = pytest.mark.peer


def reset(device: str, code: str) -> list[Any]:
    return ["confirmResetPassword", device, {"confirmationCode": code, "newPassword": NEW}]


def verify(device: str, code: str) -> list[Any]:
    return ["confirmUserAttribute", device, {"userAttributeKey": "email", "confirmationCode": code}]


def test_forgotten_password_is_reset(served: AppClient, name: str) -> None:
    outcome = run_with_account(
        served,
        name,
        sent=["resetPassword", name],
        mistyped=reset(name, "000000"),
        done=reset(name, CODE),
        done_again=reset(name, CODE),
        old=sign_in(name),
        new=sign_in(name, NEW),
    )
    step = {"resetPasswordStep": "CONFIRM_RESET_PASSWORD_WITH_CODE", "codeDeliveryDetails": BY_EMAIL}
    assert outcome["sent"] == {"ok": {"isPasswordReset": False, "nextStep": step}}
    assert refusal(outcome["mistyped"]) == MISMATCH and outcome["done"] == VOID
    assert refusal(outcome["done_again"]) == "ExpiredCodeException"
    assert outcome["old"] == INCORRECT and outcome["new"] == IN


def test_password_reset_by_an_administrator_is_replaced(served: AppClient, name: str, administrator: Any) -> None:
    run_with_account(served, name)
    administrator(served).admin_reset_user_password(UserPoolId=served.user_pool_id, Username=name)
    outcome = run_steps(
        served, wrong=sign_in(name, NEW), asked=sign_in(name), done=reset(name, CODE), new=sign_in(name, NEW)
    )
    assert outcome["wrong"] == INCORRECT and next_step(outcome["asked"]) == "RESET_PASSWORD"
    assert outcome["done"] == VOID and outcome["new"] == IN


def test_password_is_changed_with_the_old_one(served: AppClient, name: str) -> None:
    change = ["updatePassword", name, {"oldPassword": PASSWORD, "newPassword": NEW}]
    outcome = run_with_account(
        served,
        name,
        signed_in=sign_in(name),
        changed=change,
        changed_again=change,
        out=["signOut", name],
        old=sign_in(name),
        new=sign_in(name, NEW),
    )
    assert outcome["changed"] == VOID and outcome["changed_again"] == INCORRECT
    assert outcome["old"] == INCORRECT and outcome["new"] == IN


def test_changed_email_address_is_verified(served: AppClient, name: str) -> None:
    outcome = run_with_account(
        served,
        name,
        signed_in=sign_in(name),
        changed=["updateUserAttributes", name, {"userAttributes": {"email": "new@example.com", "given_name": "Zoë"}}],
        unverified=["fetchUserAttributes", name],
        sent=["sendUserAttributeVerificationCode", name, {"userAttributeKey": "email"}],
        mistyped=verify(name, "000000"),
        verified=verify(name, CODE),
        dropped=["deleteUserAttributes", name, {"userAttributeKeys": ["given_name"]}],
        after=["fetchUserAttributes", name],
    )
    delivery = {**BY_EMAIL, "destination": "n***@e***"}
    assert outcome["changed"]["ok"] == {
        "email": {
            "isUpdated": False,
            "nextStep": {"updateAttributeStep": "CONFIRM_ATTRIBUTE_WITH_CODE", "codeDeliveryDetails": delivery},
        },
        "given_name": {"isUpdated": True, "nextStep": {"updateAttributeStep": "DONE"}},
    }
    unverified = outcome["unverified"]["ok"]
    assert (unverified["given_name"], unverified["email_verified"]) == ("Zoë", "false")
    assert outcome["sent"] == {"ok": delivery} and refusal(outcome["mistyped"]) == MISMATCH
    assert outcome["verified"] == VOID and outcome["dropped"] == VOID
    after = outcome["after"]["ok"]
    assert (after["email"], after["email_verified"]) == ("new@example.com", "true") and "given_name" not in after


def test_attribute_without_a_code_is_updated_immediately(served: AppClient, name: str) -> None:
    outcome = run_with_account(
        served,
        name,
        signed_in=sign_in(name),
        changed=["updateUserAttribute", name, {"userAttribute": {"attributeKey": "given_name", "value": "Zoë"}}],
        after=["fetchUserAttributes", name],
        refused=["updateUserAttributes", name, {"userAttributes": {"no_such_attribute": "x"}}],
    )
    assert outcome["changed"] == {"ok": {"isUpdated": True, "nextStep": {"updateAttributeStep": "DONE"}}}
    assert outcome["after"]["ok"]["given_name"] == "Zoë"
    assert refusal(outcome["refused"]) == "InvalidParameterException"
