"""aws-amplify 6 against our served local pool: devices that are confirmed, remembered, forgotten and stale."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient
from .test_amplify import IN, PASSWORD, VOID, answer, next_step, refresh, refusal, sign_in, story

pytestmark = pytest.mark.peer
TOTP_CODE = "CONFIRM_SIGN_IN_WITH_TOTP_CODE"


def ways_in(who: str) -> dict[str, list[list[Any]]]:
    """Every sign-in in which Amplify names the device, except by a code that it was sent."""
    return {
        "USER_SRP_AUTH": [sign_in(who)],
        "USER_PASSWORD_AUTH": [sign_in(who, PASSWORD, "USER_PASSWORD_AUTH")],
        "PASSWORD_SRP preferred": [sign_in(who, PASSWORD, "USER_AUTH", preferredChallenge="PASSWORD_SRP")],
        "PASSWORD_SRP chosen": [
            sign_in(who, None, "USER_AUTH"),
            answer(who, "PASSWORD_SRP"),
            answer(who, PASSWORD),
        ],
        "CUSTOM_WITHOUT_SRP": [sign_in(who, None, "CUSTOM_WITHOUT_SRP"), answer(who, "1"), answer(who, "2")],
        "CUSTOM_WITH_SRP": [sign_in(who, PASSWORD, "CUSTOM_WITH_SRP"), answer(who, "3"), answer(who, "4")],
    }


WAYS_IN = list(ways_in(""))


def numbered(steps: list[list[Any]]) -> dict[str, list[Any]]:
    """The last one is the end of the sign-in."""
    return {**{f"step_{number}": step for number, step in enumerate(steps[:-1])}, "again": steps[-1]}


def with_app(who: str) -> dict[str, list[Any]]:
    """An app as the second factor of who is signed in there."""
    return {
        "app": ["setUpTOTP", who],
        "verified": ["verifyTOTPSetup", who],
        "preferred": ["updateMFAPreference", who, {"totp": "PREFERRED"}],
    }


def test_a_device_is_confirmed_and_proves_itself_in_the_place_of_a_second_factor(
    served_with_devices: AppClient, name: str
) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    outcome = story(
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
    # On the confirmed device the app is not asked for: device SRP took its place.
    assert outcome["again"] == IN and later["lastAuthenticatedDate"] > device["lastAuthenticatedDate"]
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name
    assert next_step(outcome["elsewhere"]) == TOTP_CODE


@pytest.mark.parametrize("way", WAYS_IN)
def test_every_way_in_takes_a_known_device(served_with_devices: AppClient, name: str, way: str) -> None:
    phone = f"{name}/phone"
    outcome = story(
        served_with_devices,
        name,
        signed_in=sign_in(phone),
        listed=["fetchDevices", phone],
        out=["signOut", phone],
        **numbered(ways_in(phone)[way]),
        listed_again=["fetchDevices", phone],
        refreshed=refresh(phone),
    )
    [device], [later] = outcome["listed"]["ok"], outcome["listed_again"]["ok"]
    assert outcome["again"] == IN and later["id"] == device["id"]
    assert later["lastAuthenticatedDate"] > device["lastAuthenticatedDate"]
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name


@pytest.mark.parametrize("way", WAYS_IN)
def test_every_way_in_gets_over_a_stale_device(served_with_devices: AppClient, name: str, way: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    outcome = story(
        served_with_devices,
        name,
        signed_in=sign_in(phone),
        key=["deviceKey", phone],
        out=["signOut", phone],
        elsewhere=sign_in(laptop),
        forgotten=["forgetOtherDevices", laptop],
        **numbered(ways_in(phone)[way]),
        new_key=["deviceKey", phone],
        listed=["fetchDevices", phone],
        refreshed=refresh(phone),
    )
    assert outcome["forgotten"] == {"ok": 1} and outcome["again"] == IN
    listed = {device["id"] for device in outcome["listed"]["ok"]}
    assert outcome["new_key"]["ok"] in listed and outcome["key"]["ok"] not in listed and len(listed) == 2
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name


def test_a_sent_code_takes_a_known_device_and_refuses_a_stale_one(served_with_devices: AppClient, name: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    by_code = sign_in(phone, None, "USER_AUTH", preferredChallenge="EMAIL_OTP")
    outcome = story(
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
    # Amplify, which forgets a stale device in every other sign-in, stays with it here.
    assert outcome["stale"]["error"] == {"code": "ResourceNotFoundException", "message": "Device does not exist."}


def test_a_forgotten_device_is_made_anew(served_with_devices: AppClient, name: str) -> None:
    phone = f"{name}/phone"
    outcome = story(
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


def test_a_device_is_remembered_on_request(served_with_devices_on_request: AppClient, name: str) -> None:
    phone = f"{name}/phone"
    outcome = story(
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
