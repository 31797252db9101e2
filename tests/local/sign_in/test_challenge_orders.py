"""The challenges that follow each other if every answer is right, until the pool issues tokens."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.state.entities import User
from tests.custom_triggers import CUSTOM

from ..device_client import DeviceClient, confirm, device_of
from ..helpers import PASSWORD, Wire, answer, claims, totp
from ..srp_client import SrpClient

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NEW = "N3w-Passw0rd!"
DEVICE = ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]


class Walker:
    """A client that answers as alice, who has a phone, an address, an app and a confirmed device."""

    def __init__(self, wire: Wire, user: User, device: DeviceClient, secret: str) -> None:
        self.wire, self.user, self.device, self.secret = wire, user, device, secret
        self.srp = SrpClient(wire.pool.id)
        self.password = PASSWORD
        self.seen: list[str] = []
        self.choices: dict[str, str] = {}

    async def walk(self, flow: str, **parameters: str) -> dict[str, Any]:
        """Start a sign-in, answer all its challenges, and return the tokens."""
        special = {"<password>": self.password, "<SRP_A>": self.srp.srp_a}
        given = {name: special.get(value, value) for name, value in parameters.items()}
        reply = await self.wire.initiate(flow, USERNAME="alice", **given)
        sessions: set[str] = set()
        while "ChallengeName" in reply:
            self.seen.append(reply["ChallengeName"])
            assert reply.get("Session") not in sessions
            sessions |= {reply["Session"]} if "Session" in reply else set()
            reply = await self._answer(reply)
        result: dict[str, Any] = reply["AuthenticationResult"]
        return result

    async def _answer(self, reply: dict[str, Any]) -> Any:
        name, parameters = reply["ChallengeName"], reply["ChallengeParameters"]
        if name == "MFA_SETUP" and self.choices[name] != "EMAIL":
            reply = await self._set_up_app(reply)
        responses = self._simple(name)
        match name:
            case "PASSWORD_VERIFIER":
                responses = self.srp.answer(parameters, self.password, self.wire.clock.now())
            case "DEVICE_PASSWORD_VERIFIER":
                responses = self.device.prove(parameters, self.wire.clock.now())
            case "NEW_PASSWORD_REQUIRED":
                self.password = NEW
            case "SOFTWARE_TOKEN_MFA":
                self.wire.clock.advance(31)
                responses = {"SOFTWARE_TOKEN_MFA_CODE": totp(self.secret, self.wire.clock.now())}
            case _:
                pass
        return await answer(self.wire, reply, **responses)

    def _simple(self, name: str) -> dict[str, str]:
        sent = self.wire.service.outbox[-1].code
        return {
            "SMS_MFA": {"SMS_MFA_CODE": sent, "DEVICE_KEY": self.device.key},
            "EMAIL_OTP": {"EMAIL_OTP_CODE": sent, "DEVICE_KEY": self.device.key},
            "SELECT_MFA_TYPE": {"ANSWER": self.choices.get("SELECT_MFA_TYPE", "")},
            "SELECT_CHALLENGE": {"ANSWER": self.choices.get("SELECT_CHALLENGE", "")},
            "NEW_PASSWORD_REQUIRED": {"NEW_PASSWORD": NEW},
            "MFA_SETUP": {"EMAIL": "new@example.com"} if self.choices.get("MFA_SETUP") == "EMAIL" else {},
            "PASSWORD": {"PASSWORD": self.password, "DEVICE_KEY": self.device.key},
            "PASSWORD_SRP": {"SRP_A": self.srp.srp_a},
            "CUSTOM_CHALLENGE": {"ANSWER": "right"},
            "DEVICE_SRP_AUTH": {"DEVICE_KEY": self.device.key, "SRP_A": self.device.srp_a},
        }.get(name, {})

    async def _set_up_app(self, reply: dict[str, Any]) -> dict[str, Any]:
        associated = await self.wire.call("AssociateSoftwareToken", Session=reply["Session"])
        code = totp(associated["SecretCode"], self.wire.clock.now())
        verified = await self.wire.call("VerifySoftwareToken", Session=associated["Session"], UserCode=code)
        return {**reply, "Session": verified["Session"]}


async def walker(*mfa: Any, temporary: bool = False, **settings: Any) -> Walker:
    defaults = {"mfa": "OPTIONAL", "device_tracking": "ALWAYS", "first_factors": ("PASSWORD", "EMAIL_OTP")}
    pool = PoolSettings(**{**defaults, "device_replaces_mfa": False, "triggers": CUSTOM, **settings})
    wire = Wire(pool)
    user = await wire.signed_up("alice", PASSWORD, email="f@example.com", phone_number="+49123")
    user.mfa = ("SMS_MFA",)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    if asked["ChallengeName"] == "SELECT_MFA_TYPE":
        asked = await answer(wire, asked, ANSWER="SMS_MFA")
    tokens = (await answer(wire, asked, SMS_MFA_CODE=wire.service.outbox[-1].code))["AuthenticationResult"]
    await confirm(wire, tokens)
    access = {"AccessToken": tokens["AccessToken"]}
    secret = (await wire.call("AssociateSoftwareToken", **access))["SecretCode"]
    await wire.call("VerifySoftwareToken", UserCode=totp(secret, wire.clock.now()), **access)
    if temporary:
        await wire.admin("AdminSetUserPassword", Username="alice", Password=PASSWORD)
    user.mfa = mfa
    return Walker(wire, user, device_of(tokens), secret)


ALL = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
PLAIN = ("USER_PASSWORD_AUTH", {"PASSWORD": "<password>"})
SRP = ("USER_SRP_AUTH", {"SRP_A": "<SRP_A>"})
CUSTOM_SRP = ("CUSTOM_AUTH", {"CHALLENGE_NAME": "SRP_A", "SRP_A": "<SRP_A>"})
CHOICE: tuple[str, dict[str, str]] = ("USER_AUTH", {})


@pytest.mark.parametrize(
    ("mfa", "start", "choices", "expected"),
    [
        (("SMS_MFA",), PLAIN, {}, ["SMS_MFA", *DEVICE]),
        (("SMS_MFA",), SRP, {}, ["PASSWORD_VERIFIER", "SMS_MFA", *DEVICE]),
        (("SMS_MFA",), CHOICE, {"SELECT_CHALLENGE": "PASSWORD"}, ["SELECT_CHALLENGE", "PASSWORD", "SMS_MFA", *DEVICE]),
        (
            ALL,
            CHOICE,
            {"SELECT_CHALLENGE": "PASSWORD_SRP", "SELECT_MFA_TYPE": "EMAIL_OTP"},
            ["SELECT_CHALLENGE", "PASSWORD_SRP", "PASSWORD_VERIFIER", "SELECT_MFA_TYPE", "EMAIL_OTP", *DEVICE],
        ),
        (ALL, PLAIN, {"SELECT_MFA_TYPE": "SOFTWARE_TOKEN_MFA"}, ["SELECT_MFA_TYPE", "SOFTWARE_TOKEN_MFA"]),
        ((), CHOICE, {"SELECT_CHALLENGE": "EMAIL_OTP"}, ["SELECT_CHALLENGE", "EMAIL_OTP", *DEVICE]),
        ((), CUSTOM_SRP, {}, ["PASSWORD_VERIFIER", "CUSTOM_CHALLENGE"]),
        # Users report that in AWS, a second factor follows here, and the triggers are not called again.
        (("SMS_MFA",), CUSTOM_SRP, {}, ["PASSWORD_VERIFIER", "SMS_MFA", *DEVICE]),
        (("SMS_MFA",), ("CUSTOM_AUTH", {}), {}, ["CUSTOM_CHALLENGE"]),
    ],
)
async def test_expected_challenges_follow_the_first_factor(
    mfa: Any, start: tuple[str, dict[str, str]], choices: dict[str, str], expected: list[str]
) -> None:
    alice = await walker(*mfa)
    alice.choices = choices
    tokens = await alice.walk(start[0], **start[1])
    assert alice.seen == expected
    key = claims(tokens["AccessToken"])[1]["device_key"]
    assert (key == alice.device.key) == (DEVICE[1] in expected) == ("NewDeviceMetadata" not in tokens)


@pytest.mark.parametrize(
    ("mfa", "start", "choices", "expected"),
    [
        ((), PLAIN, {}, []),
        (("SMS_MFA",), SRP, {}, ["SMS_MFA", *DEVICE]),
        (ALL, SRP, {"SELECT_MFA_TYPE": "SMS_MFA"}, ["SELECT_MFA_TYPE", "SMS_MFA", *DEVICE]),
        (ALL, CHOICE, {"SELECT_MFA_TYPE": "SOFTWARE_TOKEN_MFA"}, ["SELECT_MFA_TYPE", "SOFTWARE_TOKEN_MFA", *DEVICE]),
        # Users report that in AWS, a new password ends the custom flow.
        ((), CUSTOM_SRP, {}, []),
        (("EMAIL_OTP",), CUSTOM_SRP, {}, ["EMAIL_OTP", *DEVICE]),
    ],
)
async def test_expected_challenges_follow_a_new_password(
    mfa: Any, start: tuple[str, dict[str, str]], choices: dict[str, str], expected: list[str]
) -> None:
    alice = await walker(*mfa, temporary=True)
    alice.choices = {"SELECT_CHALLENGE": "PASSWORD", **choices}
    tokens = await alice.walk(start[0], **start[1])
    assert alice.seen[alice.seen.index("NEW_PASSWORD_REQUIRED") + 1 :] == expected
    assert tokens["AccessToken"] and (await alice.wire.initiate(USERNAME="alice", PASSWORD=NEW))


@pytest.mark.parametrize(
    ("temporary", "how", "expected"),
    [
        (False, "APP", ["MFA_SETUP"]),
        (False, "EMAIL", ["MFA_SETUP", "EMAIL_OTP", *DEVICE]),
        (True, "APP", ["NEW_PASSWORD_REQUIRED", "MFA_SETUP"]),
        (True, "EMAIL", ["NEW_PASSWORD_REQUIRED", "MFA_SETUP", "EMAIL_OTP", *DEVICE]),
    ],
)
async def test_second_factor_setup_follows_any_password_step(temporary: bool, how: str, expected: list[str]) -> None:
    alice = await walker(temporary=temporary, mfa="ON", first_factors=("PASSWORD",))
    alice.user.attributes.clear()
    alice.user.software_token = None
    alice.choices = {"MFA_SETUP": how}
    await alice.walk("USER_SRP_AUTH", SRP_A="<SRP_A>")
    assert alice.seen == ["PASSWORD_VERIFIER", *expected]
    assert alice.user.mfa == (("EMAIL_OTP",) if how == "EMAIL" else ("SOFTWARE_TOKEN_MFA",))


@pytest.mark.parametrize("flow", [PLAIN, ("USER_AUTH", {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "<password>"})])
async def test_remembered_device_replaces_the_second_factor(flow: tuple[str, dict[str, str]]) -> None:
    alice = await walker("SMS_MFA", device_replaces_mfa=True)
    await alice.walk(flow[0], **flow[1], DEVICE_KEY=alice.device.key)
    assert alice.seen == DEVICE
    temporary = await walker("SMS_MFA", temporary=True, device_replaces_mfa=True)
    await temporary.walk(flow[0], **flow[1], DEVICE_KEY=temporary.device.key)
    assert temporary.seen == ["NEW_PASSWORD_REQUIRED", *DEVICE]


async def test_new_password_challenge_lists_no_available_challenges() -> None:
    alice = await walker(temporary=True)
    asked = await alice.wire.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED" and "AvailableChallenges" not in asked
