"""The table of triggers: each function of a pool has an event, with the members that the service sends.

`trigger_events.json` has one event for each source, in the shape of events of the service that others have published.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import TRIGGER_NAMES, Triggers
from cognito_async._triggers.parsing import EVENTS, parse

from ..helpers import PASSWORD, Wire, answer, listed

AS_SENT = json.loads((Path(__file__).parents[2] / "vectors" / "trigger_events.json").read_text())
# Members that some published events have, and others lack.
SOMETIMES = {("response", "enableSMSMFA"), ("groupConfiguration", "preferredRole")}


def test_each_function_has_an_event() -> None:
    assert set(TRIGGER_NAMES.values()) == {each.name for each in fields(Triggers)}
    assert set(TRIGGER_NAMES) <= {each.trigger for each in EVENTS}


def shape(value: Any, name: str = "") -> Any:
    """Return the members and types of a value of JSON. Attributes are any map of strings."""
    if name in ("userAttributes", "privateChallengeParameters") and value is not None:
        assert all(isinstance(each, str) for each in value.values())
        return "map of strings"
    if isinstance(value, dict):
        return {each: shape(member, each) for each, member in value.items() if (name, each) not in SOMETIMES}
    return type(value).__name__


class Recorder:
    """All triggers of a pool. They let everything pass, and ask one question in CUSTOM_AUTH."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        # Custom senders would replace the custom messages.
        names = [each.name for each in fields(Triggers) if not each.name.endswith("_sender")]
        self.triggers = Triggers(**dict.fromkeys(names, self._record))

    async def _record(self, event: dict[str, Any]) -> None:
        self.events.setdefault(event["triggerSource"], json.loads(json.dumps(event)))
        request, response = event["request"], event["response"]
        if "issueTokens" in response and request["session"]:
            response["issueTokens"] = True
        elif "issueTokens" in response:
            response["challengeName"] = "CUSTOM_CHALLENGE"
        elif "privateChallengeParameters" in response:
            response["privateChallengeParameters"] = {"answer": "42"}


async def all_events(version: Any = "V1_0") -> dict[str, dict[str, Any]]:
    """Drive each operation that calls a trigger. No call sends metadata."""
    recorder = Recorder()
    wire = Wire(PoolSettings(triggers=recorder.triggers, pre_token_generation_version=version))
    await wire.signed_up()
    tokens = await wire.tokens()
    await wire.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
    asked = await wire.initiate("CUSTOM_AUTH", USERNAME="alice")
    await answer(wire, asked, ANSWER="42")
    await wire.call("ForgotPassword", Username="alice")
    code = wire.service.outbox[-1].code
    await wire.call("ConfirmForgotPassword", Username="alice", ConfirmationCode=code, Password=PASSWORD)
    email = listed({"email": "b@example.com"})
    await wire.admin("AdminCreateUser", Username="bob", UserAttributes=email, DesiredDeliveryMediums=["EMAIL"])
    await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD)
    return recorder.events


@pytest.mark.anyio
@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
async def test_events_have_the_shape_of_the_services(version: Any) -> None:
    came = await all_events(version)
    compared = set()
    for sent in AS_SENT:
        source, is_newer = sent["triggerSource"], sent["version"] != "1"
        if source.startswith("TokenGeneration") and is_newer != (version != "V1_0"):
            continue
        assert json.dumps(shape(came[source])) == json.dumps(shape(sent)), source
        compared.add(source)
    assert compared >= {each["triggerSource"] for each in AS_SENT}
    number = version[1]
    for source, event in came.items():
        assert parse(event).to_dict() == event, "a member that the models do not know"
        assert event["version"] == (number if source.startswith("TokenGeneration") else "1"), source
    assert came["TokenGeneration_Authentication"]["request"].get("scopes") == (
        None if version == "V1_0" else ["aws.cognito.signin.user.admin"]
    )


@pytest.mark.anyio
async def test_callers_without_an_app_client_are_named_so() -> None:
    came = await all_events()
    of_admins = {"PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"}
    for source, event in came.items():
        assert (event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE") == (source in of_admins), source


@pytest.mark.anyio
async def test_username_in_events_is_the_sub_if_users_sign_up_with_contacts() -> None:
    recorder = Recorder()
    wire = Wire(PoolSettings(username_attributes=("email",), triggers=recorder.triggers))
    user = await wire.signed_up("f@example.com")
    sources = ("PreSignUp_SignUp", "CustomMessage_SignUp", "PostConfirmation_ConfirmSignUp")
    assert {recorder.events[each]["userName"] for each in sources} == {user.sub}
    assert recorder.events["PreSignUp_SignUp"]["request"]["userAttributes"] == {"email": "f@example.com"}
    # The migration trigger gets the name that was typed, because the user has no other yet.
    await wire.initiate_refused(USERNAME="g@example.com", PASSWORD=PASSWORD)
    assert recorder.events["UserMigration_Authentication"]["userName"] == "g@example.com"
