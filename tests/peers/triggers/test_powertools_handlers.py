"""Handlers that are written with aws-lambda-powertools run in our local pool without a change."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from tests.local.helpers import INCORRECT, PASSWORD, Wire, answer, answer_refused, claims, listed

from ..pool_triggers import OLD_PASSWORD
from ..running import module

pytestmark = [pytest.mark.peer, pytest.mark.anyio]
SIGN_UP = {"Username": "alice", "Password": PASSWORD, "UserAttributes": listed({"email": "f@example.com"})}


def pool_of(version: Any = "V1_0", **handlers: str) -> Wire:
    """Return a pool that runs handlers of `powertools_handlers.py`, by their names."""
    module("aws_lambda_powertools")
    found: dict[str, Any] = {trigger: f"{__package__}.powertools_handlers:{name}" for trigger, name in handlers.items()}
    return Wire(PoolSettings(triggers=Triggers.from_lambda(**found), pre_token_generation_version=version))


@pytest.mark.parametrize("handler", ["confirm", "confirm_by_parser"])
async def test_user_is_confirmed_without_a_code(handler: str) -> None:
    wire = pool_of(pre_sign_up=handler, post_confirmation="accept_by_parser", pre_authentication="accept_by_parser")
    assert (await wire.call("SignUp", **SIGN_UP))["UserConfirmed"] is True
    access = (await wire.tokens())["AccessToken"]
    user = await wire.call("GetUser", AccessToken=access)
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]


async def test_message_has_the_handlers_text() -> None:
    wire = pool_of(custom_message="write")
    await wire.call("SignUp", **SIGN_UP)
    [message] = wire.service.outbox
    assert (message.subject, message.body) == ("Welcome", f"alice, your code is {message.code}.")


async def test_user_moves_from_another_directory() -> None:
    wire = pool_of(user_migration="migrate")
    failed = ("UserLambdaValidationException", "UserMigration failed with error wrong password.")
    assert await wire.initiate_refused(USERNAME="bob", PASSWORD=PASSWORD) == failed
    assert "AccessToken" in await wire.tokens("bob", OLD_PASSWORD)
    assert wire.service.outbox == []


async def test_challenge_is_asked_until_the_answer_is_right() -> None:
    wire = pool_of(
        define_auth_challenge="define", create_auth_challenge="create", verify_auth_challenge_response="verify"
    )
    await wire.signed_up()
    asked = await wire.initiate("CUSTOM_AUTH", USERNAME="alice")
    assert asked["ChallengeParameters"]["question"] == "6 * 7"
    again = await answer(wire, asked, ANSWER="41")
    assert "AuthenticationResult" in await answer(wire, again, ANSWER="42")
    asked = await wire.initiate("CUSTOM_AUTH", USERNAME="alice")
    for _ in range(2):
        asked = await answer(wire, asked, ANSWER="41")
    assert await answer_refused(wire, asked, ANSWER="41") == INCORRECT


async def signed_in(wire: Wire) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sign in a user who is in a group. Return the claims of the ID token and of the access token."""
    await wire.signed_up("alice", PASSWORD, email="f@example.com", given_name="Alice")
    await wire.admin("CreateGroup", GroupName="editors")
    await wire.admin("AdminAddUserToGroup", Username="alice", GroupName="editors")
    tokens = await wire.tokens()
    return claims(tokens["IdToken"])[1], claims(tokens["AccessToken"])[1]


async def test_id_token_and_groups_are_changed_by_version_1() -> None:
    identity, access = await signed_in(pool_of(pre_token_generation="change_id_token"))
    assert identity["plan"] == "free" and "given_name" not in identity and "plan" not in access
    assert identity["cognito:groups"] == access["cognito:groups"] == ["editors", "new"]
    role = "arn:aws:iam::123456789012:role/new"
    assert (identity["cognito:roles"], identity["cognito:preferred_role"]) == ([role], role)


@pytest.mark.parametrize("version", ["V2_0", "V3_0"])
async def test_both_tokens_are_changed_by_later_versions(version: str) -> None:
    identity, access = await signed_in(pool_of(version, pre_token_generation="change_both_tokens"))
    assert identity["plan"] == "free" and "given_name" not in identity
    assert access["scope"] == "orders/read"
    assert identity["cognito:groups"] == access["cognito:groups"] == ["new"]
