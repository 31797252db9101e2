"""The pre-sign-up and post-confirmation triggers."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, Wire, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
BOTH = {"email": "f@example.com", "phone_number": "+15550100"}


class Recorder:
    """A trigger that stores its events and returns a given response."""

    def __init__(self, **response: Any) -> None:
        self.events: list[Event] = []
        self._response = response

    async def __call__(self, event: Event) -> Event:
        self.events.append({**event, "request": dict(event["request"]), "response": dict(event["response"])})
        return {**event, "response": {**event["response"], **self._response}}


async def raising(event: Event) -> Event:
    raise RuntimeError("not on the list")


async def test_pre_sign_up_gets_the_event_of_a_lambda_function() -> None:
    trigger = Recorder()
    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=trigger)))
    reply = await wire.call(
        "SignUp",
        Username="alice",
        Password=PASSWORD,
        UserAttributes=listed(BOTH),
        ValidationData=listed({"invitation": "7"}),
        ClientMetadata={"from": "web"},
    )
    assert reply["UserConfirmed"] is False and reply["CodeDeliveryDetails"]["AttributeName"] == "email"
    assert trigger.events == [
        {
            "version": "1",
            "region": "us-east-1",
            "userPoolId": wire.pool.id,
            "userName": "alice",
            "triggerSource": "PreSignUp_SignUp",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": wire.client.id},
            "request": {
                "userAttributes": BOTH,
                "validationData": {"invitation": "7"},
                "clientMetadata": {"from": "web"},
            },
            "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
        }
    ]


async def test_trigger_can_change_only_its_response() -> None:
    async def change_event(event: Event) -> None:
        event["request"]["userAttributes"].update(sub="forged", email="g@example.com", email_verified="true")

    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=change_event, post_confirmation=change_event)))
    made = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(BOTH))
    assert wire.service.outbox[-1].destination == BOTH["email"]
    await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=wire.service.outbox[-1].code)
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.sub == made["UserSub"]
    assert user.attributes == {**BOTH, "email_verified": "true", "phone_number_verified": "false"}


async def test_pre_sign_up_can_confirm_the_user_and_contacts() -> None:
    confirmed = Recorder()
    trigger = Recorder(autoConfirmUser=True, autoVerifyEmail=True, autoVerifyPhone=True)
    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=trigger, post_confirmation=confirmed)))
    metadata = {"from": "web"}
    reply = await wire.call(
        "SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(BOTH), ClientMetadata=metadata
    )
    assert reply["UserConfirmed"] is True and "CodeDeliveryDetails" not in reply and not wire.service.outbox
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.status == "CONFIRMED"
    assert user.attributes == {**BOTH, "email_verified": "true", "phone_number_verified": "true"}
    assert await wire.tokens()
    [event] = confirmed.events
    assert event["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert event["request"] == {
        "userAttributes": {"sub": user.sub, "cognito:user_status": "CONFIRMED", **user.attributes},
        "clientMetadata": metadata,
    }


async def test_pre_sign_up_cannot_verify_a_missing_contact() -> None:
    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=Recorder(autoVerifyPhone=True))))
    refused = await wire.refused("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed({}))
    assert refused[0] == "InvalidLambdaResponseException"
    assert wire.service.find_user(wire.pool.id, "alice") is None


async def test_alias_verified_by_pre_sign_up_moves_to_the_new_user() -> None:
    triggers = Triggers(pre_sign_up=Recorder(autoConfirmUser=True, autoVerifyEmail=True))
    wire = Wire(PoolSettings(alias_attributes=("email",), triggers=triggers))
    email = listed({"email": "f@example.com"})
    for name in ("alice", "bob"):
        await wire.call("SignUp", Username=name, Password=PASSWORD, UserAttributes=email)
    alice, bob = (wire.service.find_user(wire.pool.id, name) for name in ("alice", "bob"))
    assert alice is not None and alice.attributes["email_verified"] == "false"
    assert wire.service.find_user(wire.pool.id, "f@example.com") is bob


async def test_exception_of_pre_sign_up_refuses_the_sign_up() -> None:
    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=raising)))
    failed = ("UserLambdaValidationException", "PreSignUp failed with error not on the list.")
    assert await wire.refused("SignUp", Username="alice", Password=PASSWORD) == failed
    assert wire.service.find_user(wire.pool.id, "alice") is None
    assert await wire.admin_refused("AdminCreateUser", Username="alice") == failed


async def test_pre_sign_up_cannot_confirm_an_administrators_user() -> None:
    trigger = Recorder(autoConfirmUser=True, autoVerifyEmail=True)
    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=trigger)))
    await wire.admin(
        "AdminCreateUser",
        Username="alice",
        UserAttributes=listed(BOTH),
        ValidationData=listed({"invitation": "7"}),
        ClientMetadata={"from": "desk"},
    )
    [event] = trigger.events
    assert event["triggerSource"] == "PreSignUp_AdminCreateUser"
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"]["validationData"] == {"invitation": "7"}
    assert event["request"]["clientMetadata"] == {"from": "desk"}
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and (user.status, user.attributes) == ("FORCE_CHANGE_PASSWORD", BOTH)


async def test_post_confirmation_trigger_is_called_after_a_confirmation() -> None:
    trigger = Recorder()
    wire = Wire(PoolSettings(triggers=Triggers(post_confirmation=trigger), fixed_code="424242"))
    email = listed({"email": "f@example.com"})
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=email)
    assert not trigger.events
    await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode="424242", ClientMetadata={"from": "web"})
    await wire.call("SignUp", Username="bob", Password=PASSWORD)
    await wire.admin("AdminConfirmSignUp", Username="bob", ClientMetadata={"from": "desk"})
    first, second = trigger.events
    assert first["triggerSource"] == second["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert first["request"]["userAttributes"]["email_verified"] == "true"
    assert (first["request"]["clientMetadata"], second["request"]["clientMetadata"]) == (
        {"from": "web"},
        {"from": "desk"},
    )


async def test_user_is_confirmed_even_if_post_confirmation_fails() -> None:
    wire = Wire(PoolSettings(triggers=Triggers(post_confirmation=raising), fixed_code="424242"))
    email = listed({"email": "f@example.com"})
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=email)
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="424242") == (
        "UserLambdaValidationException",
        "PostConfirmation failed with error not on the list.",
    )
    assert await wire.tokens()
