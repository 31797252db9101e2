"""Pools that require MFA: which factors a user has without switching one on."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from cognito_async._local.settings.pool import Mfa, PoolSettings

from ..helpers import PASSWORD, Wire, answer, attributes_of, listed, totp
from .test_second_factors import begin

pytestmark = [pytest.mark.anyio, pytest.mark.table]
PHONE: Literal["SMS_MFA"] = "SMS_MFA"
APP: Literal["SOFTWARE_TOKEN_MFA"] = "SOFTWARE_TOKEN_MFA"
ADDRESS: Literal["EMAIL_OTP"] = "EMAIL_OTP"
BOTH = {"email": "f@example.com", "phone_number": "+15550009934"}
OFF = {"Enabled": False}


def requiring(*methods: Mfa) -> PoolSettings:
    return PoolSettings(mfa="ON", mfa_methods=methods)


async def signed_in(wire: Wire, asked: dict[str, Any]) -> dict[str, str]:
    """Answer the challenge with the code that was sent, and return the access token."""
    answers = {PHONE: "SMS_MFA_CODE", ADDRESS: "EMAIL_OTP_CODE"}
    given = {answers[asked["ChallengeName"]]: wire.service.outbox[-1].code}
    return {"AccessToken": (await answer(wire, asked, **given))["AuthenticationResult"]["AccessToken"]}


async def with_app(wire: Wire, access: dict[str, str]) -> None:
    secret = (await wire.call("AssociateSoftwareToken", **access))["SecretCode"]
    await wire.call("VerifySoftwareToken", UserCode=totp(secret, wire.clock.now()), **access)


@pytest.mark.parametrize(
    ("methods", "attributes", "challenge"),
    [
        ((PHONE,), BOTH, PHONE),
        ((PHONE, APP), BOTH, PHONE),
        ((ADDRESS, APP), BOTH, ADDRESS),
        ((PHONE, APP, ADDRESS), BOTH, "SELECT_MFA_TYPE"),
        ((PHONE,), {"email": "f@example.com"}, "MFA_SETUP"),
        ((APP,), BOTH, "MFA_SETUP"),
    ],
)
async def test_contact_is_a_factor_without_being_switched_on(
    methods: tuple[Mfa, ...], attributes: dict[str, str], challenge: str
) -> None:
    wire = Wire(requiring(*methods))
    await wire.signed_up("alice", PASSWORD, **attributes)
    assert (await begin(wire))["ChallengeName"] == challenge


async def test_verified_app_is_one_more_factor_to_choose_from() -> None:
    wire = Wire(requiring(PHONE, APP))
    await wire.signed_up("alice", PASSWORD, **BOTH)
    access = await signed_in(wire, await begin(wire))
    await with_app(wire, access)
    asked = await begin(wire)
    assert asked["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == [PHONE, APP]
    assert (await answer(wire, asked, ANSWER=APP))["ChallengeName"] == APP
    await wire.call("SetUserMFAPreference", SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}, **access)
    assert (await begin(wire))["ChallengeName"] == APP


async def test_factor_that_nobody_switched_on_is_not_listed() -> None:
    wire = Wire(requiring(PHONE))
    await wire.signed_up("alice", PASSWORD, **BOTH)
    access = await signed_in(wire, await begin(wire))
    assert "UserMFASettingList" not in await wire.call("GetUser", **access)


async def test_contact_cannot_be_switched_off() -> None:
    wire = Wire(requiring(PHONE, APP))
    await wire.signed_up("alice", PASSWORD, **BOTH)
    access = await signed_in(wire, await begin(wire))
    assert await wire.call("SetUserMFAPreference", SMSMfaSettings=OFF, SoftwareTokenMfaSettings=OFF, **access) == {}
    assert (await begin(wire))["ChallengeName"] == PHONE


async def test_factor_that_the_pool_does_not_offer_can_be_preferred_but_is_not_used() -> None:
    wire = Wire(requiring(PHONE))
    await wire.signed_up("alice", PASSWORD, **BOTH)
    access = await signed_in(wire, await begin(wire))
    await wire.call("SetUserMFAPreference", EmailMfaSettings={"Enabled": True, "PreferredMfa": True}, **access)
    assert (await wire.call("GetUser", **access))["PreferredMfaSetting"] == ADDRESS
    assert (await begin(wire))["ChallengeName"] == PHONE


async def test_first_code_verifies_the_contact() -> None:
    wire = Wire(requiring(PHONE))
    await wire.signed_up("alice", PASSWORD, **BOTH)
    access = await signed_in(wire, await begin(wire))
    attributes = attributes_of((await wire.call("GetUser", **access))["UserAttributes"])
    assert attributes["phone_number_verified"] == "true"


async def test_code_does_not_verify_a_contact_that_has_changed_since() -> None:
    wire = Wire(requiring(PHONE))
    user = await wire.signed_up("alice", PASSWORD, **BOTH)
    access = await signed_in(wire, await begin(wire))
    asked, code = await begin(wire), wire.service.outbox[-1].code
    await wire.call("UpdateUserAttributes", UserAttributes=listed({"phone_number": "+15550000000"}), **access)
    assert "AuthenticationResult" in await answer(wire, asked, SMS_MFA_CODE=code)
    assert user.attributes["phone_number_verified"] == "false"
