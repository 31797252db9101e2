"""amazon-cognito-identity-js, with every challenge that it supports, against our served local pool."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient
from .test_identity_js import ATTRIBUTES, INCORRECT, PASSWORD, run_steps

pytestmark = pytest.mark.peer
NEW = "An0ther-one!"
PHONE_ONLY = {"phone_number": "+15555550100"}


def run_with_account(
    client: AppClient, name: str, contacts: dict[str, str] = ATTRIBUTES, /, **steps: list[Any]
) -> dict[str, Any]:
    """Sign up a user, confirm the sign-up, run the steps, and return the results of all steps by name."""
    made = ["signUp", name, PASSWORD, contacts]
    first: dict[str, list[Any]] = {"made": made, "confirmed": ["confirm", name, CODE]}
    whole = {**first, **steps}
    return dict(zip(whole, run_steps(client, *whole.values()), strict=True))


def test_confirmed_device_replaces_the_second_factor(served_with_devices: AppClient, name: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    outcome = run_with_account(
        served_with_devices,
        name,
        signed_in=["signIn", phone, PASSWORD],
        device=["device", phone],
        shown=["getDevice", phone],
        listed=["devices", phone],
        app=["associate", phone],
        verified=["verifyApp", phone],
        preferred=["preferences", phone, None, {"PreferredMfa": True, "Enabled": True}],
        secret=["showSecret", phone],
        again=["signIn", phone, PASSWORD],
        refreshed=["refresh", phone],
        elsewhere=["signIn", laptop, PASSWORD],
        not_remembered=["notRemember", phone],
        asked=["signIn", phone, PASSWORD],
        remembered=["device", phone],
    )
    key = outcome["device"]["ok"]
    assert outcome["signed_in"]["ok"]["valid"] and key.startswith("us-east-1_")
    assert outcome["shown"]["ok"]["Device"]["DeviceKey"] == key
    assert [each["DeviceKey"] for each in outcome["listed"]["ok"]["Devices"]] == [key]
    assert outcome["preferred"] == {"ok": "SUCCESS"}
    # On the remembered device, device SRP replaces the second factor.
    assert outcome["again"]["ok"]["valid"] and outcome["refreshed"]["ok"]["valid"]
    assert outcome["elsewhere"]["ok"]["totpRequired"] == "SOFTWARE_TOKEN_MFA"
    assert outcome["not_remembered"] == {"ok": "SUCCESS"}
    assert outcome["asked"]["ok"]["totpRequired"] == "SOFTWARE_TOKEN_MFA"
    assert outcome["remembered"]["ok"] == key


def test_forgotten_device_is_registered_again(served_with_devices: AppClient, name: str) -> None:
    phone, tablet = f"{name}/phone", f"{name}/tablet"
    outcome = run_with_account(
        served_with_devices,
        name,
        first=["signIn", phone, PASSWORD],
        key=["device", phone],
        forgotten=["forget", phone],
        second=["signIn", phone, PASSWORD],
        other=["device", phone],
        third=["signIn", tablet, PASSWORD],
        listed=["devices", tablet],
    )
    assert outcome["forgotten"] == {"ok": "SUCCESS"} and outcome["second"]["ok"]["valid"]
    assert outcome["other"]["ok"] not in (None, outcome["key"]["ok"])
    assert len(outcome["listed"]["ok"]["Devices"]) == 2


def test_app_set_up_after_sign_in_is_required(served_with_all: AppClient, name: str) -> None:
    laptop = f"{name}/laptop"
    outcome = run_with_account(
        served_with_all,
        name,
        signed_in=["signIn", name, PASSWORD],
        app=["associate", name],
        wrong=["verifyApp", name, "000000"],
        verified=["verifyApp", name],
        preferred=["preferences", name, None, {"PreferredMfa": True, "Enabled": True}],
        data=["userData", name],
        asked=["signIn", name, PASSWORD],
        mistyped=["code", name, "000000", "SOFTWARE_TOKEN_MFA"],
        answered=["appCode", name, 1],
        elsewhere=["signIn", laptop, PASSWORD],
    )
    assert outcome["app"]["ok"] >= 16
    assert outcome["wrong"]["error"]["code"] == "EnableSoftwareTokenMFAException"
    assert outcome["verified"] == {"ok": {"Status": "SUCCESS"}}
    assert outcome["data"]["ok"]["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    assert outcome["asked"]["ok"]["totpRequired"] == "SOFTWARE_TOKEN_MFA"
    assert outcome["asked"]["ok"]["parameters"]["FRIENDLY_DEVICE_NAME"] == "my phone"
    assert outcome["mistyped"]["error"]["code"] == "CodeMismatchException"
    assert outcome["answered"]["ok"]["valid"]
    assert outcome["elsewhere"]["ok"]["totpRequired"] == "SOFTWARE_TOKEN_MFA"


def test_app_is_set_up_during_sign_in(served_with_mfa: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_mfa,
        name,
        PHONE_ONLY,
        asked=["signIn", name, PASSWORD],
        app=["associate", name],
        wrong=["verifyApp", name, "000000"],
        verified=["verifyApp", name],
        again=["signIn", name, PASSWORD],
        answered=["appCode", name, 1],
    )
    assert outcome["asked"]["ok"]["mfaSetup"] == "MFA_SETUP"
    assert outcome["wrong"]["error"]["code"] == "EnableSoftwareTokenMFAException"
    assert outcome["verified"]["ok"]["valid"]
    assert outcome["again"]["ok"]["totpRequired"] == "SOFTWARE_TOKEN_MFA"
    assert outcome["answered"]["ok"]["valid"]


def test_preferred_username_signs_in_with_the_triggers_claims(served_with_all: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        signed_in=["signIn", name, PASSWORD],
        chosen=["change", name, {"preferred_username": f"{name}-preferred"}],
        by_alias=["signIn", f"{name}-Preferred", PASSWORD],
    )
    claims = outcome["by_alias"]["ok"]["claims"]
    assert (claims["cognito:username"], claims["plan"]) == (name, {"seats": 3}) and "given_name" not in claims


def test_one_of_two_factors_is_chosen(served_with_all: AppClient, name: str) -> None:
    on = {"PreferredMfa": False, "Enabled": True}
    outcome = run_with_account(
        served_with_all,
        name,
        signed_in=["signIn", name, PASSWORD],
        numbered=["change", name, {"phone_number": "+15555550100"}],
        app=["associate", name],
        verified=["verifyApp", name],
        preferred=["preferences", name, on, on],
        asked=["signIn", name, PASSWORD],
        chosen=["choose", name, "SMS_MFA"],
        answered=["code", name, CODE, "SMS_MFA"],
        asked_again=["signIn", name, PASSWORD],
        app_chosen=["choose", name, "SOFTWARE_TOKEN_MFA"],
        app_answered=["appCode", name, 1],
    )
    assert outcome["asked"]["ok"]["selectMFAType"] == "SELECT_MFA_TYPE"
    assert outcome["asked"]["ok"]["parameters"]["MFAS_CAN_CHOOSE"] == '["SMS_MFA", "SOFTWARE_TOKEN_MFA"]'
    assert outcome["chosen"]["ok"]["mfaRequired"] == "SMS_MFA"
    assert outcome["answered"]["ok"]["valid"]
    assert outcome["app_chosen"]["ok"]["totpRequired"] == "SOFTWARE_TOKEN_MFA"
    assert outcome["app_answered"]["ok"]["valid"]


@pytest.mark.parametrize("with_srp", [False, True])
def test_custom_challenges_in_several_rounds(served_with_all: AppClient, name: str, with_srp: bool) -> None:
    begin = ["signIn", name, PASSWORD, "CUSTOM_AUTH"] if with_srp else ["customSignIn", name]
    first = 3 if with_srp else 1
    outcome = run_with_account(
        served_with_all,
        name,
        asked=begin,
        right=["customAnswer", name, str(first)],
        done=["customAnswer", name, str(first + 1)],
        asked_again=begin,
        wrong=["customAnswer", name, "wrong"],
    )
    assert outcome["asked"]["ok"]["customChallenge"]["question"] == f"{first - 1} + 1"
    assert outcome["right"]["ok"]["customChallenge"]["question"] == f"{first} + 1"
    assert outcome["done"]["ok"]["valid"]
    assert outcome["wrong"] == INCORRECT


def test_password_is_reset_and_changed(served_with_all: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        sent=["forgot", name],
        wrong=["reset", name, "000000", NEW],
        reset=["reset", name, CODE, NEW],
        old=["signIn", name, PASSWORD],
        signed_in=["signIn", name, NEW],
        changed=["changePassword", name, NEW, PASSWORD],
        changed_again=["changePassword", name, NEW, PASSWORD],
        back=["signIn", name, PASSWORD],
    )
    assert outcome["sent"]["ok"]["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    assert outcome["wrong"]["error"]["code"] == "CodeMismatchException"
    assert outcome["reset"] == {"ok": "SUCCESS"} and outcome["old"] == INCORRECT
    assert outcome["changed"] == {"ok": "SUCCESS"} and outcome["changed_again"] == INCORRECT
    assert outcome["back"]["ok"]["valid"]


def test_changed_email_address_is_verified(served_with_all: AppClient, name: str) -> None:
    outcome = run_with_account(
        served_with_all,
        name,
        signed_in=["signIn", name, PASSWORD],
        changed=["change", name, {"email": "new@example.com"}],
        unverified=["attributes", name],
        sent=["sendCode", name, "email"],
        wrong=["verify", name, "email", "000000"],
        verified=["verify", name, "email", CODE],
        dropped=["drop", name, ["given_name"]],
        after=["attributes", name],
    )
    [delivery] = outcome["changed"]["ok"]["details"]["CodeDeliveryDetailsList"]
    assert delivery["Destination"] == "n***@e***"
    assert outcome["unverified"]["ok"]["email_verified"] == "false"
    assert outcome["wrong"]["error"]["code"] == "CodeMismatchException"
    assert outcome["verified"] == {"ok": "SUCCESS"} and outcome["dropped"] == {"ok": "SUCCESS"}
    after = outcome["after"]["ok"]
    assert (after["email"], after["email_verified"]) == ("new@example.com", "true") and "given_name" not in after
