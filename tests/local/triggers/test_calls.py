"""The triggers of a sign-in: before it, after it, and for its tokens."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import INCORRECT, PASSWORD, Wire, answer, answering, begin_srp, claims, proven, refusal, respond

pytestmark = [pytest.mark.anyio, pytest.mark.table]
Event = dict[str, Any]


class RecordingTrigger:
    """A trigger that records its events, and may raise or change them."""

    def __init__(self, *, fails: bool = False, **response: Any) -> None:
        self.events: list[Event] = []
        self.fails, self.response = fails, response

    async def __call__(self, event: Event) -> None:
        self.events.append(event)
        if self.fails:
            raise PermissionError("not today")
        event["response"].update(self.response)


async def pool_with(client: AppClientSettings | None = None, **triggers: Any) -> Wire:
    wire = Wire(PoolSettings(triggers=Triggers(**triggers), mfa="OPTIONAL"), client)
    await wire.signed_up()
    return wire


async def test_pre_authentication_gets_the_user_and_the_first_metadata() -> None:
    before = RecordingTrigger()
    wire = await pool_with(pre_authentication=before)
    await wire.call(
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        ClientMetadata={"shop": "7"},
    )
    [event] = before.events
    assert event["triggerSource"] == "PreAuthentication_Authentication"
    assert event["request"]["validationData"] == {"shop": "7"}
    assert event["request"]["userAttributes"]["email"] == "f@example.com"
    await begin_srp(wire)
    assert len(before.events) == 2


async def test_pre_authentication_can_refuse_a_sign_in() -> None:
    wire = await pool_with(pre_authentication=RecordingTrigger(fails=True))
    refused = await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD)
    assert refused == ("UserLambdaValidationException", "PreAuthentication failed with error not today.")


async def test_pre_authentication_trigger_is_called_for_hidden_unknown_users() -> None:
    before = RecordingTrigger()
    client = AppClientSettings(prevent_user_existence_errors="ENABLED")
    wire = await pool_with(client, pre_authentication=before)
    assert await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD) == INCORRECT
    assert before.events[0]["request"] == {"userAttributes": {}, "validationData": None, "userNotFound": True}
    assert await wire.tokens()
    assert before.events[1]["request"]["userNotFound"] is False


async def test_post_authentication_trigger_is_called_after_a_sign_in() -> None:
    after = RecordingTrigger()
    wire = await pool_with(post_authentication=after)
    await wire.tokens()
    [event] = after.events
    assert event["triggerSource"] == "PostAuthentication_Authentication"
    assert event["request"]["newDeviceUsed"] is False
    assert event["request"]["userAttributes"]["sub"]


async def test_sign_in_that_post_authentication_refuses_issues_no_tokens() -> None:
    """The service refuses too: furaiev/amazon-cognito-identity-dart-2#204."""
    tokens = RecordingTrigger()
    wire = await pool_with(post_authentication=RecordingTrigger(fails=True), pre_token_generation=tokens)
    refused = await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD)
    assert refused == ("UserLambdaValidationException", "PostAuthentication failed with error not today.")
    assert tokens.events == []


async def test_id_token_claims_are_overridden_except_reserved_ones() -> None:
    details = {
        "claimsToAddOrOverride": {"tenant": "a", "email": "other@example.com", "sub": "forged", "aud": "forged"},
        "claimsToSuppress": ["email_verified", "iss", "not there"],
        "groupOverrideDetails": {"groupsToOverride": ["staff"]},
    }
    before = RecordingTrigger(claimsOverrideDetails=details)
    wire = await pool_with(pre_token_generation=before)
    tokens = await wire.tokens()
    identity, access = claims(tokens["IdToken"])[1], claims(tokens["AccessToken"])[1]
    assert (identity["tenant"], identity["email"], identity["cognito:groups"]) == ("a", "other@example.com", ["staff"])
    assert "email_verified" not in identity and "tenant" not in access
    assert identity["sub"] == access["sub"] != "forged"
    assert identity["aud"] == wire.client.id and identity["iss"] == access["iss"]
    assert before.events[0]["triggerSource"] == "TokenGeneration_Authentication"
    await wire.call("GetTokensFromRefreshToken", RefreshToken=tokens["RefreshToken"], ClientMetadata={"shop": "7"})
    assert before.events[-1]["triggerSource"] == "TokenGeneration_RefreshTokens"
    assert before.events[-1]["request"]["clientMetadata"] == {"shop": "7"}


async def test_token_trigger_may_leave_claims_unchanged() -> None:
    wire = await pool_with(pre_token_generation=RecordingTrigger())
    identity = claims((await wire.tokens())["IdToken"])[1]
    assert identity["email_verified"] is True and "cognito:groups" not in identity


@pytest.mark.parametrize(
    "details",
    [
        ["tenant"],
        {"claimsToAddOrOverride": {"tenant": 7}},
        {"claimsToSuppress": "email"},
        {"claimsToSuppress": [7]},
        {"groupOverrideDetails": {"groupsToOverride": {"staff": True}}},
        {"claimsToAddOrOverride": {"tenant": datetime(2026, 1, 1, tzinfo=timezone.utc)}},
    ],
)
async def test_invalid_claims_refuse_the_sign_in(details: Any) -> None:
    wire = await pool_with(pre_token_generation=RecordingTrigger(claimsOverrideDetails=details))
    refused = await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD)
    assert refused == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


async def test_metadata_of_an_answer_reaches_the_token_trigger() -> None:
    before = RecordingTrigger()
    wire = await pool_with(pre_token_generation=before)
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.mfa = ("EMAIL_OTP",)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    responses = {"EMAIL_OTP_CODE": wire.service.outbox[-1].code}
    await wire.call("RespondToAuthChallenge", **answering(asked, responses), ClientMetadata={"shop": "7"})
    assert before.events[0]["request"]["clientMetadata"] == {"shop": "7"}


METADATA = {"shop": "7"}


async def first_call_metadata(wire: Wire, flow: str, **parameters: str) -> Any:
    return await wire.call("InitiateAuth", AuthFlow=flow, AuthParameters=parameters, ClientMetadata=METADATA)


async def test_metadata_of_a_first_call_reaches_no_later_trigger() -> None:
    after, tokens = RecordingTrigger(), RecordingTrigger()
    wire = await pool_with(post_authentication=after, pre_token_generation=tokens)
    password = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    reply = await first_call_metadata(wire, "USER_PASSWORD_AUTH", **password)
    await first_call_metadata(wire, "USER_AUTH", PREFERRED_CHALLENGE="PASSWORD", **password)
    await first_call_metadata(wire, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=reply["AuthenticationResult"]["RefreshToken"])
    assert [event["request"].get("clientMetadata") for event in after.events] == [None] * 2
    assert [event["request"].get("clientMetadata") for event in tokens.events] == [None] * 3
    responses = await proven(wire)
    await wire.call("RespondToAuthChallenge", **respond(responses), ClientMetadata=METADATA)
    assert after.events[-1]["request"]["clientMetadata"] == METADATA
    assert tokens.events[-1]["request"]["clientMetadata"] == METADATA


async def test_token_trigger_gets_the_source_of_a_new_password() -> None:
    before = RecordingTrigger()
    wire = await pool_with(pre_token_generation=before)
    await wire.admin("AdminCreateUser", Username="bob", TemporaryPassword=PASSWORD)
    asked = await wire.initiate(USERNAME="bob", PASSWORD=PASSWORD)
    await answer(wire, asked, NEW_PASSWORD="An0ther-one!")
    assert before.events[0]["triggerSource"] == "TokenGeneration_NewPasswordChallenge"


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("AdminDisableUser", refusal("User is disabled.")), ("AdminDeleteUser", INCORRECT)],
)
@pytest.mark.parametrize("trigger", ["post_authentication", "pre_token_generation"])
async def test_user_who_is_lost_while_a_trigger_runs_gets_no_tokens(
    trigger: str, operation: str, expected: tuple[str, str]
) -> None:
    async def administrate(event: Event) -> None:
        await wire.admin(operation, Username="alice")

    wire = await pool_with(None, **{trigger: administrate})
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == expected
