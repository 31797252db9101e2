"""An answer of a trigger that the pool does not honour is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, Wire, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def filling(**response: Any) -> Any:
    async def fill(event: Event) -> None:
        event["response"] |= response

    return fill


def replacing(**response: Any) -> Any:
    async def replace(event: Event) -> Event:
        return {**event, "response": response}

    return replace


async def sign_up(wire: Wire) -> tuple[str, str]:
    attributes = listed({"email": "f@example.com"})
    return await wire.refused("SignUp", Username="alice", Password=PASSWORD, UserAttributes=attributes)


async def sign_in(wire: Wire) -> tuple[str, str]:
    await wire.signed_up()
    return await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD)


async def confirm(wire: Wire) -> tuple[str, str]:
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed({"email": "f@example.com"}))
    return await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode=wire.service.outbox[-1].code)


@pytest.mark.parametrize(
    ("trigger", "response"),
    [
        ("pre_sign_up", {"autoConfirm": True}),
        ("pre_sign_up", {"auto_confirm_user": True}),
        ("pre_sign_up", {"autoConfirmUser": "true"}),
        ("pre_sign_up", {"autoVerifyEmail": "true"}),
        ("pre_sign_up", {"autoVerifyPhone": 1}),
        ("pre_sign_up", {"autoVerifyPhone": None}),
        ("custom_message", {"emailMessage": 7}),
        ("custom_message", {"message": "Your code is {####}"}),
    ],
)
async def test_unreadable_answer_refuses_a_sign_up(trigger: str, response: dict[str, Any]) -> None:
    wire = Wire(PoolSettings(triggers=Triggers(**{trigger: filling(**response)})))
    assert await sign_up(wire) == UNRECOGNIZABLE


async def test_names_of_python_are_unreadable() -> None:
    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=replacing(auto_confirm_user=True))))
    assert await sign_up(wire) == UNRECOGNIZABLE
    details = {"id_token_generation": {"claimsToAddOrOverride": {"tenant": "a"}}}
    triggers = Triggers(pre_token_generation=replacing(claimsAndScopeOverrideDetails=details))
    assert await sign_in(Wire(PoolSettings(triggers=triggers, pre_token_generation_version="V2_0"))) == UNRECOGNIZABLE


@pytest.mark.parametrize(
    ("version", "details", "fault"),
    [
        ("V2_0", {"scopesToAdd": []}, "response.claimsAndScopeOverrideDetails must not have the member 'scopesToAdd'"),
        (
            "V2_0",
            {"accessTokenGeneration": {"scopesToAdd": "orders/read"}},
            "response.claimsAndScopeOverrideDetails.accessTokenGeneration.scopesToAdd must be a list",
        ),
        ("V1_0", {}, "response must not have the member 'claimsAndScopeOverrideDetails'"),
        ("V2_0", [], "response.claimsAndScopeOverrideDetails must be an object"),
        (
            "V2_0",
            {"groupOverrideDetails": {"preferredRole": 1}},
            "response.claimsAndScopeOverrideDetails.groupOverrideDetails.preferredRole must be a string",
        ),
    ],
)
async def test_log_says_what_is_wrong_in_an_answer(
    version: Any, details: Any, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    triggers = Triggers(pre_token_generation=filling(claimsAndScopeOverrideDetails=details))
    assert await sign_in(Wire(PoolSettings(triggers=triggers, pre_token_generation_version=version))) == UNRECOGNIZABLE
    assert caplog.messages == [f"the trigger pre_token_generation returned an invalid answer: {fault}"]


async def test_trigger_that_is_not_async_is_reported() -> None:
    def confirm(event: Event) -> Any:
        return event

    expected = (
        "UserLambdaValidationException",
        "PreSignUp failed with error a trigger must be an async function; for Lambda handlers, use from_lambda.",
    )
    assert await sign_up(Wire(PoolSettings(triggers=Triggers(pre_sign_up=confirm)))) == expected


@pytest.mark.parametrize("trigger", ["pre_authentication", "post_authentication"])
async def test_answer_refuses_a_sign_in_if_its_trigger_has_none(trigger: str) -> None:
    wire = Wire(PoolSettings(triggers=Triggers(**{trigger: filling(autoConfirmUser=True)})))
    assert await sign_in(wire) == UNRECOGNIZABLE


async def test_answer_of_post_confirmation_refuses_the_call() -> None:
    wire = Wire(PoolSettings(triggers=Triggers(post_confirmation=filling(emailMessage="Welcome"))))
    assert await confirm(wire) == UNRECOGNIZABLE


@pytest.mark.parametrize("returned", ["text", [], {}, {"response": None}, {"response": []}])
async def test_value_without_a_response_refuses_the_call(returned: Any) -> None:
    async def trigger(event: Event) -> Any:
        return returned

    assert await sign_up(Wire(PoolSettings(triggers=Triggers(pre_sign_up=trigger)))) == UNRECOGNIZABLE


@pytest.mark.parametrize("value", [float("nan"), {1, 2}])
async def test_value_that_json_lacks_refuses_the_call(value: Any) -> None:
    details = {"accessTokenGeneration": {"claimsToAddOrOverride": {"limit": value}}}
    settings = PoolSettings(
        triggers=Triggers(pre_token_generation=filling(claimsAndScopeOverrideDetails=details)),
        pre_token_generation_version="V2_0",
    )
    assert await sign_in(Wire(settings)) == UNRECOGNIZABLE


@pytest.mark.parametrize("value", [{"email": "f@example.com", "name": "\ud800"}, {"\ud800": "x"}])
async def test_text_that_is_not_unicode_refuses_the_call(value: dict[str, str]) -> None:
    """JSON can escape half of a surrogate pair, but no reply can contain one."""
    trigger = filling(userAttributes=value, finalUserStatus="CONFIRMED", messageAction="SUPPRESS")
    wire = Wire(PoolSettings(triggers=Triggers(user_migration=trigger)))
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == UNRECOGNIZABLE


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "text"), [(ValueError("half \ud800"), "half ?"), (Unprintable(), "Unprintable"), (KeyError(), "")]
)
async def test_exception_without_a_proper_text_refuses_the_call(error: Exception, text: str) -> None:
    async def trigger(event: Event) -> None:
        raise error

    refused = await sign_up(Wire(PoolSettings(triggers=Triggers(pre_sign_up=trigger))))
    assert refused == ("UserLambdaValidationException", f"PreSignUp failed with error {text}.")


async def test_answers_for_contacts_of_an_administrators_user_are_read_too() -> None:
    """The service ignores them, but it cannot read one of a wrong type."""
    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=filling(autoVerifyEmail="true"))))
    assert await wire.admin_refused("AdminCreateUser", Username="alice") == UNRECOGNIZABLE
