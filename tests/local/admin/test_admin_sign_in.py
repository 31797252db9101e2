"""`AdminInitiateAuth` and `AdminRespondToAuthChallenge`: sign-ins by a server."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..device_client import confirm, device_of
from ..helpers import INCORRECT, PASSWORD, SECRET, Wire, answering, claims, refusal, secret_hash
from ..srp_client import SrpClient

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
BY_PASSWORD = "ADMIN_USER_PASSWORD_AUTH"


def begin(flow: str, wire: Wire, **parameters: str) -> dict[str, Any]:
    return {"ClientId": wire.client.id, "AuthFlow": flow, "AuthParameters": parameters}


async def initiate(wire: Wire, flow: str = BY_PASSWORD, /, **parameters: str) -> Any:
    return await wire.admin("AdminInitiateAuth", **begin(flow, wire, **parameters))


async def refused(wire: Wire, flow: str = BY_PASSWORD, /, **parameters: str) -> tuple[str, str]:
    return await wire.admin_refused("AdminInitiateAuth", **begin(flow, wire, **parameters))


async def respond(wire: Wire, asked: dict[str, Any], /, **responses: str) -> Any:
    answer = {"ClientId": wire.client.id, **answering(asked, responses)}
    return await wire.admin("AdminRespondToAuthChallenge", **answer)


@pytest.mark.parametrize("flow", [BY_PASSWORD, "ADMIN_NO_SRP_AUTH"])
async def test_server_signs_in_by_password(flow: str) -> None:
    wire = Wire()
    await wire.signed_up()
    reply = await initiate(wire, flow, USERNAME="alice", PASSWORD=PASSWORD)
    assert reply["ChallengeParameters"] == {}
    assert (await wire.call("GetUser", AccessToken=reply["AuthenticationResult"]["AccessToken"]))["Username"] == "alice"
    assert await refused(wire, flow, USERNAME="alice", PASSWORD="Wr0ng-one!") == INCORRECT
    assert await refused(wire, flow, USERNAME="nobody", PASSWORD=PASSWORD) == (
        "UserNotFoundException",
        "User does not exist.",
    )
    assert await refused(wire, flow, USERNAME="alice") == (INVALID, "Missing required parameter PASSWORD")


async def test_server_signs_in_by_srp() -> None:
    wire = Wire()
    await wire.signed_up()
    client = SrpClient(wire.pool.id)
    asked = await initiate(wire, "USER_SRP_AUTH", USERNAME="alice", SRP_A=client.srp_a)
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER" and "Session" not in asked
    parameters = asked["ChallengeParameters"]
    wrong = {"ClientId": wire.client.id, "ChallengeName": "PASSWORD_VERIFIER"}
    responses = client.answer(parameters, "Wr0ng-one!", wire.clock.now())
    assert await wire.admin_refused("AdminRespondToAuthChallenge", ChallengeResponses=responses, **wrong) == INCORRECT
    reply = await respond(wire, asked, **client.answer(parameters, PASSWORD, wire.clock.now()))
    assert reply["AuthenticationResult"]["RefreshToken"]


async def test_admin_sign_in_requires_a_new_password_and_a_second_factor() -> None:
    wire = Wire(PoolSettings(mfa="ON", mfa_methods=("EMAIL_OTP",)))
    await wire.admin("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD)
    asked = await initiate(wire, USERNAME="alice", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    asked = await respond(wire, asked, NEW_PASSWORD="An0ther-one!")
    assert asked["ChallengeName"] == "MFA_SETUP"
    asked = await respond(wire, asked, EMAIL="f@example.com")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    reply = await respond(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)
    assert reply["AuthenticationResult"]["AccessToken"]


async def test_user_chooses_the_first_factor() -> None:
    wire = Wire(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    await wire.signed_up()
    asked = await initiate(wire, "USER_AUTH", USERNAME="alice")
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]
    asked = await respond(wire, asked, ANSWER="EMAIL_OTP")
    reply = await respond(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)
    assert reply["AuthenticationResult"]["AccessToken"]


async def test_triggers_define_rounds_of_challenges() -> None:
    async def define(event: dict[str, Any]) -> dict[str, Any]:
        done = any(each["challengeResult"] for each in event["request"]["session"])
        event["response"] = {"issueTokens": True} if done else {"challengeName": "CUSTOM_CHALLENGE"}
        return event

    async def create(event: dict[str, Any]) -> dict[str, Any]:
        event["response"] = {"publicChallengeParameters": {"question": "2 + 2"}}
        return event

    async def verify(event: dict[str, Any]) -> dict[str, Any]:
        event["response"] = {"answerCorrect": event["request"]["challengeAnswer"] == "4"}
        return event

    triggers = Triggers(
        define_auth_challenge=define, create_auth_challenge=create, verify_auth_challenge_response=verify
    )
    wire = Wire(PoolSettings(triggers=triggers))
    await wire.signed_up()
    asked = await initiate(wire, "CUSTOM_AUTH", USERNAME="alice")
    assert asked["ChallengeParameters"]["question"] == "2 + 2"
    assert (await respond(wire, asked, ANSWER="4"))["AuthenticationResult"]["AccessToken"]


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
async def test_server_refreshes_a_session(flow: str) -> None:
    wire = Wire()
    await wire.signed_up()
    tokens = (await initiate(wire, USERNAME="alice", PASSWORD=PASSWORD))["AuthenticationResult"]
    renewed = (await initiate(wire, flow, REFRESH_TOKEN=tokens["RefreshToken"]))["AuthenticationResult"]
    before, after = (claims(each["AccessToken"])[1] for each in (tokens, renewed))
    assert before["origin_jti"] == after["origin_jti"] and "RefreshToken" not in renewed


async def test_remembered_device_replaces_the_second_factor() -> None:
    wire = Wire(PoolSettings(device_tracking="ALWAYS", mfa="OPTIONAL"))
    await wire.signed_up()
    tokens = (await initiate(wire, USERNAME="alice", PASSWORD=PASSWORD))["AuthenticationResult"]
    await confirm(wire, tokens)
    device = device_of(tokens)
    await wire.admin("AdminSetUserMFAPreference", Username="alice", EmailMfaSettings={"Enabled": True})
    asked = await initiate(wire, USERNAME="alice", PASSWORD=PASSWORD, DEVICE_KEY=device.key)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    asked = await respond(wire, asked, DEVICE_KEY=device.key, SRP_A=device.srp_a)
    reply = await respond(wire, asked, **device.prove(asked["ChallengeParameters"], wire.clock.now()))
    assert reply["AuthenticationResult"]["AccessToken"]


async def test_secret_client_needs_its_hash() -> None:
    wire = Wire(client=AppClientSettings(secret=SECRET))
    await wire.signed_up()
    right = secret_hash("alice", wire.client)
    assert await refused(wire, USERNAME="alice", PASSWORD=PASSWORD) == refusal(
        f"Client {wire.client.id} is configured with secret but SECRET_HASH was not received"
    )
    assert await initiate(wire, USERNAME="alice", PASSWORD=PASSWORD, SECRET_HASH=right)


async def test_client_hides_unknown_users_in_admin_sign_in() -> None:
    wire = Wire(client=AppClientSettings(prevent_user_existence_errors="ENABLED"))
    assert await refused(wire, USERNAME="nobody", PASSWORD=PASSWORD) == INCORRECT


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (BY_PASSWORD, "Auth flow not enabled for this client"),
        ("ADMIN_NO_SRP_AUTH", "Auth flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
    ],
)
async def test_client_must_allow_the_flow(flow: str, message: str) -> None:
    wire = Wire(client=AppClientSettings(explicit_auth_flows=frozenset({"ALLOW_USER_PASSWORD_AUTH"})))
    await wire.signed_up()
    parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD, "SRP_A": "f"}
    assert await refused(wire, flow, **parameters) == (INVALID, message)
    assert await wire.tokens()


async def test_server_and_user_have_separate_password_flows() -> None:
    wire = Wire()
    await wire.signed_up()
    unsupported = (INVALID, "Initiate Auth method not supported.")
    right = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    assert await refused(wire, "USER_PASSWORD_AUTH", **right) == unsupported
    for flow in (BY_PASSWORD, "ADMIN_NO_SRP_AUTH"):
        assert await wire.initiate_refused(flow, **right) == unsupported


@pytest.mark.parametrize("operation", ["AdminInitiateAuth", "AdminRespondToAuthChallenge"])
async def test_client_must_belong_to_the_pool(operation: str) -> None:
    wire = Wire()
    other = wire.service.add_pool(PoolSettings(id="us-east-1_Other"))
    wire.service.add_client(other.id, AppClientSettings(id="others"))
    call = {"AuthFlow": BY_PASSWORD, "ChallengeName": "NEW_PASSWORD_REQUIRED"}
    assert await wire.admin_refused(operation, ClientId="others", **call) == (
        "ResourceNotFoundException",
        "User pool client others does not exist.",
    )
    nowhere = {"UserPoolId": "us-east-1_Nowhere", "ClientId": wire.client.id}
    assert (await wire.admin_refused(operation, **nowhere, **call))[0] == "ResourceNotFoundException"
