"""The user-migration trigger, for users in another directory."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import INCORRECT, PASSWORD, Wire, claims
from ..triggers.test_calls import RecordingTrigger, pool_with

pytestmark = [pytest.mark.anyio, pytest.mark.table]
Event = dict[str, Any]
KNOWN = {"email": "bob@example.com", "email_verified": "true", "username": "bob"}


async def test_user_of_another_directory_is_migrated_with_the_password() -> None:
    other = RecordingTrigger(userAttributes=KNOWN, finalUserStatus="CONFIRMED")
    wire = await pool_with(user_migration=other)
    # The pool's policy does not apply to a password that the other directory accepted.
    assert "AuthenticationResult" in await wire.initiate(USERNAME="bob", PASSWORD="old")
    [event] = other.events
    assert event["triggerSource"] == "UserMigration_Authentication" and event["userName"] == "bob"
    assert event["request"]["password"] == "old"
    user = wire.service.find_user(wire.pool.id, "bob")
    assert user is not None and user.attributes == {"email": "bob@example.com", "email_verified": "true"}
    assert "AuthenticationResult" in await wire.initiate(USERNAME="bob", PASSWORD="old")
    assert await wire.initiate_refused(USERNAME="bob", PASSWORD="wrong") == INCORRECT
    assert len(other.events) == 1


async def test_migrated_user_may_have_to_reset_the_password() -> None:
    wire = await pool_with(user_migration=RecordingTrigger(userAttributes=KNOWN))
    refused = await wire.initiate_refused(USERNAME="bob", PASSWORD="old")
    assert refused == ("PasswordResetRequiredException", "Password reset required for the user")


async def test_migrated_username_is_the_sub_if_users_sign_in_with_addresses() -> None:
    wire = Wire(
        PoolSettings(
            username_attributes=("email",),
            triggers=Triggers(user_migration=RecordingTrigger(userAttributes=KNOWN, finalUserStatus="CONFIRMED")),
        )
    )
    reply = await wire.initiate(USERNAME="bob@example.com", PASSWORD="old")
    held = claims(reply["AuthenticationResult"]["AccessToken"])[1]
    assert held["username"] == held["sub"]


@pytest.mark.parametrize("other", [RecordingTrigger(), RecordingTrigger(userAttributes={})])
async def test_user_unknown_to_the_directory_is_not_found(other: RecordingTrigger) -> None:
    wire = await pool_with(user_migration=other)
    refused = await wire.initiate_refused(USERNAME="bob", PASSWORD="old")
    assert refused == ("UserNotFoundException", "User does not exist.")


async def test_exception_of_the_trigger_refuses_the_call() -> None:
    failed = ("UserLambdaValidationException", "UserMigration failed with error not today.")
    for client in (None, AppClientSettings(prevent_user_existence_errors="ENABLED")):
        wire = await pool_with(client, user_migration=RecordingTrigger(fails=True))
        assert await wire.initiate_refused(USERNAME="bob", PASSWORD="old") == failed
        assert await wire.refused("ForgotPassword", Username="bob") == failed


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"finalUserStatus": "ARCHIVED"}, "Error during migration: Invalid finalUserStatus"),
        ({"messageAction": "RESEND"}, "Error during migration: Invalid messageAction"),
        ({"desiredDeliveryMediums": ["FAX"]}, "Error during migration: Invalid desiredDeliveryMediums"),
        ({"enableSMSMFA": True}, "Error during migration: Invalid enableSMSMFA"),
        (
            {"userAttributes": {"shoe_size": "43"}},
            "Attributes did not conform to the schema: shoe_size: Attribute does not exist in the schema.\n",
        ),
    ],
)
async def test_invalid_values_make_the_user_unknown(response: dict[str, Any], message: str) -> None:
    trigger = RecordingTrigger(**{"userAttributes": KNOWN, "finalUserStatus": "CONFIRMED", **response})
    wire = await pool_with(user_migration=trigger)
    unknown = ("UserNotFoundException", message)
    assert await wire.initiate_refused(USERNAME="bob", PASSWORD="old") == unknown
    assert await wire.refused("ForgotPassword", Username="bob") == unknown
    hiding = await pool_with(AppClientSettings(prevent_user_existence_errors="ENABLED"), user_migration=trigger)
    assert await hiding.initiate_refused(USERNAME="bob", PASSWORD="old") == INCORRECT
    assert wire.service.find_user(wire.pool.id, "bob") is None


async def test_sms_mfa_of_a_migrated_user_needs_a_pool_with_mfa() -> None:
    known = {**KNOWN, "phone_number": "+15550009934"}
    trigger = RecordingTrigger(userAttributes=known, finalUserStatus="CONFIRMED", enableSMSMFA=True)
    wire = Wire(PoolSettings(triggers=Triggers(user_migration=trigger)))
    refused = await wire.initiate_refused(USERNAME="bob", PASSWORD="old")
    assert refused == ("UserNotFoundException", "Error during migration: Invalid enableSMSMFA")


@pytest.mark.parametrize(
    ("response", "sent"),
    [
        ({}, ["SMS"]),
        ({"desiredDeliveryMediums": ["EMAIL"]}, ["EMAIL"]),
        ({"desiredDeliveryMediums": ["EMAIL", "SMS"]}, ["SMS", "EMAIL"]),
        ({"desiredDeliveryMediums": ["EMAIL"], "messageAction": "SUPPRESS"}, []),
    ],
)
async def test_migrated_user_is_welcomed_over_the_desired_mediums(response: dict[str, Any], sent: list[str]) -> None:
    known = {**KNOWN, "phone_number": "+15550009934"}
    trigger = RecordingTrigger(userAttributes=known, finalUserStatus="CONFIRMED", **response)
    messages = RecordingTrigger()
    wire = Wire(PoolSettings(triggers=Triggers(user_migration=trigger, custom_message=messages)))
    await wire.call(
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "bob", "PASSWORD": "old"},
        ClientMetadata={"shop": "7"},
    )
    outbox = wire.service.outbox
    assert [message.medium for message in outbox] == sent
    assert {(message.kind, message.code, message.username) for message in outbox} <= {("invitation", "old", "bob")}
    assert not any("clientMetadata" in event["request"] for event in messages.events)


async def test_user_without_a_password_gets_no_welcome_message() -> None:
    trigger = RecordingTrigger(userAttributes=KNOWN)
    wire = Wire(PoolSettings(triggers=Triggers(user_migration=trigger)))
    await wire.call("ForgotPassword", Username="bob")
    assert [message.kind for message in wire.service.outbox] == ["forgot_password"]
    asking = RecordingTrigger(userAttributes=KNOWN, desiredDeliveryMediums=["EMAIL"])
    wire = Wire(PoolSettings(triggers=Triggers(user_migration=asking)))
    refused = await wire.refused("ForgotPassword", Username="bob")
    assert refused == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "CUSTOM_AUTH", "USER_AUTH"])
async def test_migration_needs_the_plain_password(flow: str) -> None:
    other = RecordingTrigger(userAttributes=KNOWN, finalUserStatus="CONFIRMED")
    quiz = RecordingTrigger(challengeName="CUSTOM_CHALLENGE")
    wire = await pool_with(
        user_migration=other,
        define_auth_challenge=quiz,
        create_auth_challenge=quiz,
        verify_auth_challenge_response=quiz,
    )
    assert (await wire.initiate_refused(flow, USERNAME="bob", SRP_A="2"))[0] == "UserNotFoundException"
    assert other.events == []


async def test_migration_trigger_gets_the_metadata() -> None:
    other = RecordingTrigger(userAttributes=KNOWN, finalUserStatus="CONFIRMED")
    wire = await pool_with(user_migration=other)
    parameters = {"USERNAME": "bob", "PASSWORD": "old"}
    metadata = {"shop": "7"}
    await wire.call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters, ClientMetadata=metadata)
    request = other.events[0]["request"]
    assert request["validationData"] == metadata and "clientMetadata" not in request
    await wire.call("ForgotPassword", Username="carol", ClientMetadata=metadata)
    request = other.events[1]["request"]
    assert (request["validationData"], request["clientMetadata"]) == (None, metadata)


async def test_one_of_two_concurrent_sign_ins_migrates_the_user() -> None:
    both = anyio.Event()
    waiting: list[Event] = []

    async def slow(event: Event) -> None:
        waiting.append(event)
        if len(waiting) == 2:
            both.set()
        await both.wait()
        event["response"] |= {"userAttributes": KNOWN, "finalUserStatus": "CONFIRMED"}

    wire = await pool_with(user_migration=slow)
    subs: set[str] = set()

    async def sign_in() -> None:
        token = (await wire.tokens("bob", "old"))["AccessToken"]
        subs.add(claims(token)[1]["sub"])
        await wire.call("GetUser", AccessToken=token)

    async with anyio.create_task_group() as group:
        group.start_soon(sign_in)
        group.start_soon(sign_in)
    assert len(subs) == 1


@pytest.mark.parametrize("force", [True, False])
async def test_migration_takes_another_users_alias_only_by_force(force: bool) -> None:
    other = RecordingTrigger(userAttributes=KNOWN, finalUserStatus="CONFIRMED", forceAliasCreation=force)
    wire = Wire(PoolSettings(alias_attributes=("email",), triggers=Triggers(user_migration=other)))
    alice = await wire.signed_up("alice", PASSWORD, email="bob@example.com")
    if force:
        assert await wire.tokens("bob", "old")
        assert wire.service.find_user(wire.pool.id, "bob@example.com") is not alice
    else:
        refused = await wire.initiate_refused(USERNAME="bob", PASSWORD="old")
        text = f"Exception migrating user in app client {wire.client.id}"
        assert refused == ("UserNotFoundException", text)
        assert wire.service.find_user(wire.pool.id, "bob") is None
    assert alice.attributes["email_verified"] == ("false" if force else "true")


async def test_taken_alias_of_a_migrated_user_is_hidden_if_existence_errors_are_prevented() -> None:
    other = RecordingTrigger(userAttributes=KNOWN, finalUserStatus="CONFIRMED")
    settings = PoolSettings(alias_attributes=("email",), triggers=Triggers(user_migration=other))
    wire = Wire(settings, AppClientSettings(prevent_user_existence_errors="ENABLED"))
    await wire.signed_up("alice", PASSWORD, email="bob@example.com")
    assert await wire.initiate_refused(USERNAME="bob", PASSWORD="old") == INCORRECT
    assert wire.service.find_user(wire.pool.id, "bob") is None


async def test_migrated_user_may_have_sms_mfa() -> None:
    known = {**KNOWN, "phone_number": "+15550009934"}
    wire = await pool_with(
        user_migration=RecordingTrigger(userAttributes=known, finalUserStatus="CONFIRMED", enableSMSMFA=True)
    )
    assert (await wire.initiate(USERNAME="bob", PASSWORD="old"))["ChallengeName"] == "SMS_MFA"


@pytest.mark.parametrize("attributes", [["email"], {"email": 1}, "text"])
async def test_invalid_attributes_from_the_trigger_refuse_the_sign_in(attributes: Any) -> None:
    wire = await pool_with(user_migration=RecordingTrigger(userAttributes=attributes))
    refused = await wire.initiate_refused(USERNAME="bob", PASSWORD="old")
    assert refused == ("InvalidLambdaResponseException", "Unrecognizable lambda output")
