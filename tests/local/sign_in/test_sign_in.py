from __future__ import annotations

import base64
import re

import pytest

from cognito_async._local.service import LocalService
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import INCORRECT, PASSWORD, SECRET, START, Wire, begin_srp, keys, listed, proven, respond, secret_hash
from ..srp_client import N, SrpClient

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
NO_USER = ("UserNotFoundException", "User does not exist.")
DISABLED = ("NotAuthorizedException", "User is disabled.")
UNCONFIRMED = ("UserNotConfirmedException", "User is not confirmed.")
HIDING = AppClientSettings(prevent_user_existence_errors="ENABLED")


async def test_srp_signs_in() -> None:
    wire = Wire()
    await wire.signed_up()
    client, reply = await begin_srp(wire)
    assert reply.keys() == {"ChallengeName", "ChallengeParameters"}
    parameters = reply["ChallengeParameters"]
    assert parameters.keys() == {"SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"}
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"] == "alice"
    assert len(parameters["SALT"]) == 32 and not parameters["SALT"].startswith("00")
    assert 1200 <= len(parameters["SECRET_BLOCK"]) <= 1800
    assert re.fullmatch("[1-9a-f][0-9a-f]*", parameters["SRP_B"])
    done = await wire.call("RespondToAuthChallenge", **respond(client.answer(parameters, PASSWORD, START)))
    assert done["ChallengeParameters"] == {}
    assert done["AuthenticationResult"].keys() == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
    assert (done["AuthenticationResult"]["ExpiresIn"], done["AuthenticationResult"]["TokenType"]) == (3600, "Bearer")


async def test_plain_password_signs_in() -> None:
    wire = Wire()
    await wire.signed_up()
    done = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert done.keys() == {"ChallengeParameters", "AuthenticationResult"} and done["ChallengeParameters"] == {}
    assert done["AuthenticationResult"].keys() == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}


async def test_challenge_can_be_answered_repeatedly_until_it_expires() -> None:
    wire = Wire()
    await wire.signed_up()
    responses = await proven(wire)
    wire.clock.advance(179)
    for _ in range(2):
        assert await wire.call("RespondToAuthChallenge", **respond(responses))
    wire.clock.advance(1)
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == INCORRECT


async def test_wrong_password_is_refused() -> None:
    wire = Wire()
    await wire.signed_up()
    responses = await proven(wire, password="Wr0ngpass!")
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == INCORRECT
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT


async def test_wrong_signature_is_refused() -> None:
    wire = Wire()
    await wire.signed_up()
    responses = {**await proven(wire), "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(bytes(32)).decode()}
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == INCORRECT


async def test_missing_responses_are_named_in_order() -> None:
    wire = Wire()
    names = ("USERNAME", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK")
    responses = {"OTHER": "x"}
    for name in names:
        missing = await wire.refused("RespondToAuthChallenge", **respond(responses))
        assert missing == (INVALID, f"Missing required parameter {name}")
        responses[name] = "x"
    nothing: dict[str, object] = {"ChallengeName": "PASSWORD_VERIFIER"}
    for call in (nothing, {**nothing, "ChallengeResponses": {}}):
        refused = await wire.refused("RespondToAuthChallenge", **call)
        assert refused == (INVALID, "Missing required parameter challenge responses.")


async def test_signature_must_be_base64() -> None:
    wire = Wire()
    await wire.signed_up()
    responses = {**await proven(wire), "PASSWORD_CLAIM_SIGNATURE": "***"}
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == (
        INVALID,
        "Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.",
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "Missing required parameter USERNAME"),
        ({"USERNAME": "alice"}, "Missing required parameter SRP_A"),
        (
            {"USERNAME": "alice", "SRP_A": "0xyz"},
            (
                "1 validation error detected: Value '0xyz' at 'sRPA' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$"
            ),
        ),
        ({"USERNAME": "alice", "SRP_A": "00"}, "SRP_A must not be zero modulo N"),
        ({"USERNAME": "alice", "SRP_A": f"{2 * N:X}"}, "SRP_A must not be zero modulo N"),
    ],
)
async def test_unusable_srp_parameters_are_refused(parameters: dict[str, str], message: str) -> None:
    assert await Wire().initiate_refused("USER_SRP_AUTH", **parameters) == (INVALID, message)


async def test_unusable_password_parameters_are_refused() -> None:
    wire = Wire()
    assert await wire.initiate_refused() == (INVALID, "Missing required parameter USERNAME")
    assert await wire.initiate_refused(USERNAME="alice") == (INVALID, "Missing required parameter PASSWORD")


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH flow not enabled for this client"),
        ("CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."),
        ("USER_AUTH", "USER_AUTH is not enabled for the client."),
        ("ADMIN_NO_SRP_AUTH", "Initiate Auth method not supported."),
        ("ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported."),
    ],
)
async def test_disabled_flows_are_refused(flow: str, message: str) -> None:
    wire = Wire(client=AppClientSettings(explicit_auth_flows=frozenset()))
    assert await wire.initiate_refused(flow, USERNAME="alice") == (INVALID, message)


async def test_username_in_another_case_signs_in() -> None:
    wire = Wire()
    await wire.signed_up("alice")
    _, reply = await begin_srp(wire, "Alice")
    assert reply["ChallengeParameters"]["USERNAME"] == "alice"


async def test_verified_alias_signs_in_and_returns_the_username() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email",)))
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed({"email": "f@example.com"}))
    assert await wire.initiate_refused("USER_SRP_AUTH", USERNAME="f@example.com", SRP_A="02") == NO_USER
    await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=wire.service.outbox[-1].code)
    client, reply = await begin_srp(wire, "F@example.com")
    assert reply["ChallengeParameters"]["USER_ID_FOR_SRP"] == "alice"
    responses = client.answer(reply["ChallengeParameters"], PASSWORD, START)
    assert await wire.call("RespondToAuthChallenge", **respond({**responses, "USERNAME": "f@example.com"}))


async def test_sub_signs_in_only_if_it_is_the_username() -> None:
    wire = Wire()
    user = await wire.signed_up()
    assert await wire.initiate_refused(USERNAME=user.sub, PASSWORD=PASSWORD) == NO_USER
    by_email = Wire(PoolSettings(username_attributes=("email",)))
    user = await by_email.signed_up("f@example.com")
    assert await by_email.initiate(USERNAME=user.sub, PASSWORD=PASSWORD)
    assert await by_email.initiate(USERNAME="f@example.com", PASSWORD=PASSWORD)
    assert await by_email.call("RespondToAuthChallenge", **respond(await proven(by_email, "f@example.com")))


async def test_secret_client_needs_its_hash_in_every_step() -> None:
    wire = Wire(client=AppClientSettings(secret=SECRET))
    await wire.signed_up()
    right, wrong = secret_hash("alice", wire.client), secret_hash("bob", wire.client)
    not_received = f"Client {wire.client.id} is configured with secret but SECRET_HASH was not received"
    unverified = f"SecretHash does not match for the client: {wire.client.id}"
    for hashed, message in (({}, not_received), ({"SECRET_HASH": wrong}, unverified)):
        refused = await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD, **hashed)
        assert refused == ("NotAuthorizedException", message)
        refused = await wire.initiate_refused("USER_SRP_AUTH", USERNAME="alice", SRP_A="02", **hashed)
        assert refused == ("NotAuthorizedException", message)
    client, reply = await begin_srp(wire, SECRET_HASH=right)
    responses = client.answer(reply["ChallengeParameters"], PASSWORD, START)
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == (
        "NotAuthorizedException",
        not_received,
    )
    assert await wire.call("RespondToAuthChallenge", **respond({**responses, "SECRET_HASH": right}))


async def test_unneeded_secret_hash_is_refused_at_first_and_ignored_in_answers() -> None:
    wire = Wire()
    await wire.signed_up()
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD, SECRET_HASH="abc=") == (
        INVALID,
        f"App client {wire.client.id} is not configured for secret but secret hash was received",
    )
    assert await wire.call("RespondToAuthChallenge", **respond({**await proven(wire), "SECRET_HASH": "abc="}))


async def test_answers_to_unissued_challenges_are_refused() -> None:
    wire = Wire()
    answer = {"ChallengeName": "SMS_MFA", "ChallengeResponses": {"USERNAME": "alice", "SMS_MFA_CODE": "123456"}}
    assert await wire.refused("RespondToAuthChallenge", **answer) == (INVALID, "Missing required parameter Session")
    assert await wire.refused("RespondToAuthChallenge", **answer, Session="A" * 20) == (
        "NotAuthorizedException",
        "Invalid session for the user.",
    )


async def test_pools_of_one_service_are_separate() -> None:
    service = LocalService()
    first, second = service.add_pool(keys=keys()), service.add_pool(PoolSettings(id="eu-west-1_Other"), keys=keys())
    wire = Wire(PoolSettings(id="eu-west-1_Third"), AppClientSettings(id="third"), service=service)
    service.add_client(first.id, AppClientSettings(id="first"))
    service.add_client(second.id, AppClientSettings(id="second"))
    await wire.signed_up()
    assert await wire.refused("InitiateAuth", ClientId="first", **srp_start(wire)) == NO_USER
    assert (await wire.call("InitiateAuth", **srp_start(wire)))["ChallengeName"] == "PASSWORD_VERIFIER"


def srp_start(wire: Wire) -> dict[str, object]:
    srp_a = SrpClient(wire.pool.id).srp_a
    return {"AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": "alice", "SRP_A": srp_a}}
