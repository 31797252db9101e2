"""aws-amplify 6 against our served local pool: confirmed, remembered, forgotten and stale devices."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient
from .test_amplify import IN, PASSWORD, VOID, answer, next_step, refresh, refusal, run_with_account, sign_in

pytestmark = pytest.mark.peer
TOTP_CODE = "CONFIRM_SIGN_IN_WITH_TOTP_CODE"


def sign_in_steps(device: str) -> dict[str, list[list[Any]]]:
    """Return the steps of each flow in which Amplify sends the device's key, except the flow with a sent code."""
    return {
        "USER_SRP_AUTH": [sign_in(device)],
        "USER_PASSWORD_AUTH": [sign_in(device, PASSWORD, "USER_PASSWORD_AUTH")],
        "PASSWORD_SRP preferred": [sign_in(device, PASSWORD, "USER_AUTH", preferredChallenge="PASSWORD_SRP")],
        "PASSWORD_SRP chosen": [
            sign_in(device, None, "USER_AUTH"),
            answer(device, "PASSWORD_SRP"),
            answer(device, PASSWORD),
        ],
        "CUSTOM_WITHOUT_SRP": [sign_in(device, None, "CUSTOM_WITHOUT_SRP"), answer(device, "1"), answer(device, "2")],
        "CUSTOM_WITH_SRP": [sign_in(device, PASSWORD, "CUSTOM_WITH_SRP"), answer(device, "3"), answer(device, "4")],
    }


FLOWS = list(sign_in_steps(""))


def numbered(steps: list[list[Any]]) -> dict[str, list[Any]]:
    """Give the steps of a sign-in names: the last step is "again", the others are "step_0" and so on."""
    return {**{f"step_{number}": step for number, step in enumerate(steps[:-1])}, "again": steps[-1]}


def with_app(device: str) -> dict[str, list[Any]]:
    """Return the steps with which the user who is signed in on the device makes an app the second factor."""
    return {
        "app": ["setUpTOTP", device],
        "verified": ["verifyTOTPSetup", device],
        "preferred": ["updateMFAPreference", device, {"totp": "PREFERRED"}],
    }


def test_confirmed_device_replaces_the_second_factor(served_with_devices: AppClient, name: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    outcome = run_with_account(
        served_with_devices,
        name,
        signed_in=sign_in(phone),
        key=["deviceKey", phone],
        listed=["fetchDevices", phone],
        **with_app(phone),
        out=["signOut", phone],
        again=sign_in(phone),
        listed_again=["fetchDevices", phone],
        refreshed=refresh(phone),
        elsewhere=sign_in(laptop),
    )
    [device], [later] = outcome["listed"]["ok"], outcome["listed_again"]["ok"]
    assert device["id"] == later["id"] == outcome["key"]["ok"]
    assert device["name"] == "Peers" and device["attributes"]["device_status"] == "valid"
    # On the confirmed device, device SRP replaces the code of the app.
    assert outcome["again"] == IN and later["lastAuthenticatedDate"] > device["lastAuthenticatedDate"]
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name
    assert next_step(outcome["elsewhere"]) == TOTP_CODE


@pytest.mark.parametrize("flow", FLOWS)
def test_known_device_is_used_in_every_flow(served_with_devices: AppClient, name: str, flow: str) -> None:
    phone = f"{name}/phone"
    outcome = run_with_account(
        served_with_devices,
        name,
        signed_in=sign_in(phone),
        listed=["fetchDevices", phone],
        out=["signOut", phone],
        **numbered(sign_in_steps(phone)[flow]),
        listed_again=["fetchDevices", phone],
        refreshed=refresh(phone),
    )
    [device], [later] = outcome["listed"]["ok"], outcome["listed_again"]["ok"]
    assert outcome["again"] == IN and later["id"] == device["id"]
    assert later["lastAuthenticatedDate"] > device["lastAuthenticatedDate"]
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name


@pytest.mark.parametrize("flow", FLOWS)
def test_stale_device_is_replaced_in_every_flow(served_with_devices: AppClient, name: str, flow: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    outcome = run_with_account(
        served_with_devices,
        name,
        signed_in=sign_in(phone),
        key=["deviceKey", phone],
        out=["signOut", phone],
        elsewhere=sign_in(laptop),
        forgotten=["forgetOtherDevices", laptop],
        **numbered(sign_in_steps(phone)[flow]),
        new_key=["deviceKey", phone],
        listed=["fetchDevices", phone],
        refreshed=refresh(phone),
    )
    assert outcome["forgotten"] == {"ok": 1} and outcome["again"] == IN
    listed = {device["id"] for device in outcome["listed"]["ok"]}
    assert outcome["new_key"]["ok"] in listed and outcome["key"]["ok"] not in listed and len(listed) == 2
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name


def test_sent_code_accepts_a_known_device_but_no_stale_one(served_with_devices: AppClient, name: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    by_code = sign_in(phone, None, "USER_AUTH", preferredChallenge="EMAIL_OTP")
    outcome = run_with_account(
        served_with_devices,
        name,
        signed_in=sign_in(phone),
        out=["signOut", phone],
        asked=by_code,
        again=answer(phone, CODE),
        listed=["fetchDevices", phone],
        out_again=["signOut", phone],
        elsewhere=sign_in(laptop),
        forgotten=["forgetOtherDevices", laptop],
        asked_again=by_code,
        stale=answer(phone, CODE),
    )
    assert outcome["again"] == IN and len(outcome["listed"]["ok"]) == 1
    # With a sent code Amplify does not forget a stale device, unlike in every other sign-in.
    assert outcome["stale"]["error"] == {"code": "ResourceNotFoundException", "message": "Device does not exist."}


def test_forgotten_device_is_registered_again(served_with_devices: AppClient, name: str) -> None:
    phone = f"{name}/phone"
    outcome = run_with_account(
        served_with_devices,
        name,
        signed_in=sign_in(phone),
        key=["deviceKey", phone],
        forgotten=["forgetDevice", phone],
        nothing=["forgetDevice", phone],
        listed=["fetchDevices", phone],
        out=["signOut", phone],
        again=sign_in(phone),
        new_key=["deviceKey", phone],
        deleted=["deleteUser", phone],
        gone=sign_in(phone),
    )
    assert outcome["forgotten"] == VOID and outcome["listed"] == {"ok": []}
    assert refusal(outcome["nothing"]) == "DeviceMetadataNotFoundException"
    assert outcome["again"] == IN and outcome["new_key"]["ok"] not in (None, outcome["key"]["ok"])
    assert outcome["deleted"] == VOID and refusal(outcome["gone"]) == "UserNotFoundException"


def test_device_is_remembered_on_request(served_with_devices_on_request: AppClient, name: str) -> None:
    phone = f"{name}/phone"
    outcome = run_with_account(
        served_with_devices_on_request,
        name,
        signed_in=sign_in(phone),
        **with_app(phone),
        out=["signOut", phone],
        asked=sign_in(phone),
        answered=["answerByApp", phone, {"late": 1}],
        remembered=["rememberDevice", phone],
        out_again=["signOut", phone],
        again=sign_in(phone),
        listed=["fetchDevices", phone],
    )
    assert next_step(outcome["asked"]) == TOTP_CODE and outcome["answered"] == IN
    assert outcome["remembered"] == VOID and outcome["again"] == IN
    assert len(outcome["listed"]["ok"]) == 1
