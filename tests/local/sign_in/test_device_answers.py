"""Answers for a device without the `Session` of the sign-in, as some clients send them."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings

from ..device_client import DeviceClient, confirm, device_of
from ..helpers import PASSWORD, Wire, answer, answer_refused, proven, refusal, respond
from ..srp_client import SrpClient
from .test_device_sign_in import GONE, begin, proved, settings, with_device

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NO_SESSION = refusal("Invalid session for the user.")
EXPIRED = refusal("Invalid session for the user, session is expired.")


def without_session(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name != "Session"}


async def handshake(wire: Wire, device: DeviceClient) -> Any:
    asked = await answer(wire, without_session(await begin(wire, device)), DEVICE_KEY=device.key, SRP_A=device.srp_a)
    return without_session(asked)


async def test_device_proof_needs_no_session() -> None:
    wire, _, tokens = await with_device(settings())
    device = device_of(tokens)
    verifier = await handshake(wire, device)
    right = device.prove(verifier["ChallengeParameters"], wire.clock.now())
    assert "AuthenticationResult" in await answer(wire, verifier, **right)
    assert await answer_refused(wire, verifier, **right) == NO_SESSION
    asked = await wire.call("RespondToAuthChallenge", **respond({**await proven(wire), "DEVICE_KEY": device.key}))
    assert "AuthenticationResult" in await proved(wire, device, without_session(asked))


async def test_device_proof_needs_no_session_even_if_the_sign_in_has_one() -> None:
    wire, _, tokens = await with_device(settings())
    device, srp = device_of(tokens), SrpClient(wire.pool.id)
    asked = await wire.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=srp.srp_a)
    right = srp.answer(asked["ChallengeParameters"], PASSWORD, wire.clock.now())
    following = await answer(wire, asked, **right, DEVICE_KEY=device.key)
    assert "AuthenticationResult" in await proved(wire, device, without_session(following))


async def test_secret_block_selects_its_handshake() -> None:
    wire, _, tokens = await with_device(settings())
    devices = [DeviceClient(device_of(tokens).pool_name, device_of(tokens).key) for _ in range(2)]
    for each in devices:
        await begin(wire, each)
    asked: Any = {"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "alice"}}
    verifiers = [await answer(wire, asked, DEVICE_KEY=each.key, SRP_A=each.srp_a) for each in devices]
    for device, verifier in zip(devices, verifiers, strict=True):
        right = device.prove(verifier["ChallengeParameters"], wire.clock.now())
        assert "AuthenticationResult" in await answer(wire, without_session(verifier), **right)


async def test_device_alone_is_not_enough_to_sign_in() -> None:
    wire, _, tokens = await with_device(settings())
    await wire.signed_up("bob", email="b@example.com")
    device, other = device_of(tokens), await wire.tokens()
    await confirm(wire, other)
    asked: Any = {"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "alice"}}
    by_bob: Any = {**asked, "ChallengeParameters": {"USERNAME": "bob"}}
    first = {"DEVICE_KEY": device.key, "SRP_A": device.srp_a}
    assert await answer_refused(wire, asked, **first) == NO_SESSION
    await begin(wire, device_of(other))
    assert await answer_refused(wire, asked, **first) == NO_SESSION
    await begin(wire, device)
    assert await answer_refused(wire, by_bob, **first) == NO_SESSION
    assert await answer_refused(wire, asked, DEVICE_KEY=device.key, SRP_A="0") != NO_SESSION
    wire.clock.advance(180)
    assert await answer_refused(wire, asked, **first) == EXPIRED


async def test_answer_of_another_client_or_block_is_refused() -> None:
    wire, user, tokens = await with_device(settings())
    device = device_of(tokens)
    verifier = await handshake(wire, device)
    right = device.prove(verifier["ChallengeParameters"], wire.clock.now())
    block = (await handshake(wire, device))["ChallengeParameters"]["SECRET_BLOCK"]
    other = wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
    request = {"ChallengeName": "DEVICE_PASSWORD_VERIFIER", "ChallengeResponses": {"USERNAME": "alice", **right}}
    assert await wire.refused("RespondToAuthChallenge", **{**request, "ClientId": other.id}) == NO_SESSION
    assert await answer_refused(wire, verifier, **{**right, "PASSWORD_CLAIM_SECRET_BLOCK": "AAAA"}) == NO_SESSION
    mixed = {**right, "PASSWORD_CLAIM_SECRET_BLOCK": block}
    assert await answer_refused(wire, verifier, **mixed) == refusal("Incorrect username or password.")
    user.devices.clear()
    assert await answer_refused(wire, verifier, **right) == GONE
