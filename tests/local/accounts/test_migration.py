"""The user-migration trigger, for users in another directory."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import INCORRECT, PASSWORD, Wire, claims
from ..state.test_triggers import RecordingTrigger, pool_with

pytestmark = pytest.mark.anyio
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


@pytest.mark.parametrize(
    "other", [RecordingTrigger(fails=True), RecordingTrigger(), RecordingTrigger(userAttributes={})]
)
async def test_user_unknown_to_the_directory_is_not_found(other: RecordingTrigger) -> None:
    wire = await pool_with(user_migration=other)
    refused = await wire.initiate_refused(USERNAME="bob", PASSWORD="old")
    assert refused == ("UserNotFoundException", "User does not exist.")


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
    assert (request["validationData"], request["clientMetadata"]) == (metadata, metadata)


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
        assert refused == ("AliasExistsException", "An account with the email already exists.")
        assert wire.service.find_user(wire.pool.id, "bob") is None
    assert alice.attributes["email_verified"] == ("false" if force else "true")


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
