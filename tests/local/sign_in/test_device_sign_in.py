"""Devices in sign-ins: offered, named, proved by SRP, and required for a refresh."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async._local.state.entities import User

from ..device_client import DeviceClient, confirm, device_of
from ..helpers import (
    INCORRECT,
    PASSWORD,
    Wire,
    answer,
    answer_refused,
    begin_srp,
    claims,
    proven,
    refusal,
    respond,
)

pytestmark = [pytest.mark.anyio, pytest.mark.table]
GONE = ("ResourceNotFoundException", "Device does not exist.")
INVALID_REFRESH = refusal("Invalid Refresh Token.")


def settings(**others: Any) -> PoolSettings:
    return PoolSettings(**{"device_tracking": "ALWAYS", **others})


async def with_device(pool: PoolSettings) -> tuple[Wire, User, dict[str, Any]]:
    """Sign alice in and confirm the offered device. Return the pool, alice, and the tokens."""
    wire = Wire(pool)
    user = await wire.signed_up(email="f@example.com", phone_number="+49123")
    tokens = await wire.tokens()
    await confirm(wire, tokens)
    return wire, user, tokens


async def begin(wire: Wire, device: DeviceClient) -> Any:
    return await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD, DEVICE_KEY=device.key)


async def proved(wire: Wire, device: DeviceClient, asked: dict[str, Any]) -> Any:
    verifier = await answer(wire, asked, DEVICE_KEY=device.key, SRP_A=device.srp_a)
    return await answer(wire, verifier, **device.prove(verifier["ChallengeParameters"], wire.clock.now()))


async def test_device_named_when_a_sign_in_by_srp_begins_is_used() -> None:
    wire, _, tokens = await with_device(settings())
    device = device_of(tokens)
    for named, later in ((device.key, {}), ("us-east-1_0000", {"DEVICE_KEY": device.key})):
        client, reply = await begin_srp(wire, DEVICE_KEY=named)
        responses = client.answer(reply["ChallengeParameters"], PASSWORD, wire.clock.now())
        asked = await wire.call("RespondToAuthChallenge", **respond({**responses, **later}))
        assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
        assert "NewDeviceMetadata" not in (await proved(wire, device, asked))["AuthenticationResult"]
    client, reply = await begin_srp(wire, DEVICE_KEY="us-east-1_0000")
    responses = client.answer(reply["ChallengeParameters"], PASSWORD, wire.clock.now())
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == GONE


async def test_sign_in_without_a_device_is_offered_one() -> None:
    wire = Wire(settings())
    await wire.signed_up()
    tokens = await wire.tokens()
    offered = tokens["NewDeviceMetadata"]
    assert offered["DeviceKey"].startswith("us-east-1_") and len(offered["DeviceKey"]) == 46
    assert len(offered["DeviceGroupKey"]) == 9
    assert claims(tokens["AccessToken"])[1]["device_key"] == offered["DeviceKey"]
    assert (await wire.tokens())["NewDeviceMetadata"]["DeviceKey"] != offered["DeviceKey"]


async def test_named_device_is_proved_by_srp() -> None:
    wire, _, tokens = await with_device(settings())
    device = device_of(tokens)
    asked = await begin(wire, device)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH" and asked["Session"]
    verifier = await answer(wire, asked, DEVICE_KEY=device.key, SRP_A=device.srp_a)
    assert verifier["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    assert verifier["ChallengeParameters"].keys() == {"SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "DEVICE_KEY"}
    right = device.prove(verifier["ChallengeParameters"], wire.clock.now())
    reply = await answer(wire, verifier, **right)
    result = reply["AuthenticationResult"]
    assert "NewDeviceMetadata" not in result
    assert claims(result["AccessToken"])[1]["device_key"] == device.key
    used = refusal("Invalid session for the user, session can only be used once.")
    assert await answer_refused(wire, verifier, **right) == used


async def test_token_trigger_gets_the_source_of_a_device_proof() -> None:
    sources: list[str] = []

    async def note(event: dict[str, Any]) -> None:
        sources.append(event["triggerSource"])

    wire, _, tokens = await with_device(settings(triggers=Triggers(pre_token_generation=note)))
    device = device_of(tokens)
    await proved(wire, device, await begin(wire, device))
    assert sources == ["TokenGeneration_Authentication", "TokenGeneration_AuthenticateDevice"]


async def test_password_proof_may_name_the_device() -> None:
    wire, _, tokens = await with_device(settings())
    device = device_of(tokens)
    responses = {**await proven(wire), "DEVICE_KEY": device.key}
    asked = await wire.call("RespondToAuthChallenge", **respond(responses))
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert "AuthenticationResult" in await proved(wire, device, asked)


async def test_wrong_device_proof_is_refused() -> None:
    wire, _, tokens = await with_device(settings())
    device = device_of(tokens)
    verifier = await answer(wire, await begin(wire, device), DEVICE_KEY=device.key, SRP_A=device.srp_a)
    parameters = verifier["ChallengeParameters"]
    for wrong in (
        device.prove(parameters, wire.clock.now(), "another password"),
        *(
            {**device.prove(parameters, wire.clock.now()), "PASSWORD_CLAIM_SECRET_BLOCK": block}
            for block in ("AAAA", "A", "*", "é", parameters["SECRET_BLOCK"][:-4])
        ),
        {**device.prove(parameters, wire.clock.now()), "TIMESTAMP": "Sat Sep 5 12:00:01 UTC 2026"},
        device.prove(parameters, "Sat Sep 5 11:00:00 UTC 2026"),
    ):
        assert await answer_refused(wire, verifier, **wrong) == INCORRECT
    other = {**device.prove(parameters, wire.clock.now()), "DEVICE_KEY": "us-east-1_0000"}
    assert await answer_refused(wire, verifier, **other) == GONE
    right = device.prove(parameters, wire.clock.now())
    assert "AuthenticationResult" in await answer(wire, verifier, **right)


async def test_unknown_or_unconfirmed_device_is_not_found() -> None:
    wire, user, tokens = await with_device(settings())
    device = device_of(tokens)
    unconfirmed = (await wire.tokens())["NewDeviceMetadata"]["DeviceKey"]
    for key in ("us-east-1_0000", unconfirmed):
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD, DEVICE_KEY=key) == GONE
        responses = {**await proven(wire), "DEVICE_KEY": key}
        assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == GONE
    asked = await begin(wire, device)
    del user.devices[device.key]
    refused = await answer_refused(wire, asked, DEVICE_KEY=device.key, SRP_A=device.srp_a)
    assert refused == GONE


async def test_device_is_ignored_without_tracking() -> None:
    wire = Wire()
    await wire.signed_up()
    reply = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD, DEVICE_KEY="us-east-1_0000")
    assert "NewDeviceMetadata" not in reply["AuthenticationResult"]


@pytest.mark.parametrize(("replaces", "remembered"), [(True, True), (True, False), (False, True)])
async def test_remembered_device_can_replace_the_second_factor(replaces: bool, remembered: bool) -> None:
    wire, user, tokens = await with_device(settings(mfa="OPTIONAL", device_replaces_mfa=replaces))
    device = device_of(tokens)
    user.mfa, user.devices[device.key].remembered = ("SMS_MFA",), remembered
    asked = await begin(wire, device)
    if replaces and remembered:
        assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    else:
        assert asked["ChallengeName"] == "SMS_MFA"
        asked = await answer(wire, asked, SMS_MFA_CODE=wire.service.outbox[-1].code)
        assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert "AuthenticationResult" in await proved(wire, device, asked)


async def test_device_key_sent_with_a_code_requires_a_device_proof() -> None:
    wire, user, tokens = await with_device(settings(mfa="OPTIONAL", device_replaces_mfa=False))
    device = device_of(tokens)
    user.mfa = ("SMS_MFA",)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    code = wire.service.outbox[-1].code
    assert await answer_refused(wire, asked, SMS_MFA_CODE=code, DEVICE_KEY="us-east-1_0000") == GONE
    following = await answer(wire, asked, SMS_MFA_CODE=code, DEVICE_KEY=device.key)
    assert "AuthenticationResult" in await proved(wire, device, following)


async def test_device_forgotten_during_a_sign_in_is_not_requested() -> None:
    wire, user, tokens = await with_device(settings(mfa="OPTIONAL", device_replaces_mfa=False))
    device = device_of(tokens)
    user.mfa = ("SMS_MFA",)
    asked = await begin(wire, device)
    del user.devices[device.key]
    reply = await answer(wire, asked, SMS_MFA_CODE=wire.service.outbox[-1].code)
    assert reply["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"] != device.key


async def test_device_forgotten_during_a_sign_in_replaces_no_second_factor() -> None:
    wire, user, tokens = await with_device(settings(mfa="OPTIONAL"))
    key = device_of(tokens).key
    user.mfa = ("SMS_MFA",)
    asked = await wire.initiate("USER_AUTH", USERNAME="alice", DEVICE_KEY=key)
    await wire.call("ForgetDevice", AccessToken=tokens["AccessToken"], DeviceKey=key)
    reply = await answer(wire, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert reply["ChallengeName"] == "SMS_MFA"


@pytest.mark.parametrize("operation", ["GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH"])
async def test_refresh_must_name_the_sessions_device(operation: str) -> None:
    wire, _, tokens = await with_device(settings())
    key, token = tokens["NewDeviceMetadata"]["DeviceKey"], tokens["RefreshToken"]

    def request(token: str, key: str | None) -> tuple[str, dict[str, Any]]:
        named = {} if key is None else {"DeviceKey": key}
        if operation == "GetTokensFromRefreshToken":
            return operation, {"RefreshToken": token, **named}
        parameters = {"REFRESH_TOKEN": token, **({} if key is None else {"DEVICE_KEY": key})}
        return "InitiateAuth", {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters}

    name, body = request(token, key)
    refreshed = (await wire.call(name, **body))["AuthenticationResult"]
    assert claims(refreshed["AccessToken"])[1]["device_key"] == key
    other = await wire.tokens()
    for wrong in (request(token, None), request(token, "us-east-1_0000")):
        assert await wire.refused(wrong[0], **wrong[1]) == INVALID_REFRESH
    unconfirmed = request(other["RefreshToken"], other["NewDeviceMetadata"]["DeviceKey"])
    assert await wire.refused(unconfirmed[0], **unconfirmed[1]) == INVALID_REFRESH
    of_another = request(other["RefreshToken"], key)
    assert await wire.refused(of_another[0], **of_another[1]) == INVALID_REFRESH
