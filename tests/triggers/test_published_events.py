"""Events that the service sends, and samples that AWS has published: each is read, and dumped as it was."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_async import triggers
from cognito_async._triggers.parsing import EVENTS
from cognito_async.triggers import TriggerEvent, UnknownTrigger

VECTORS = Path(__file__).parent.parent / "vectors"
SENT: list[dict[str, Any]] = json.loads((VECTORS / "trigger_events.json").read_text("utf-8"))
PUBLISHED: dict[str, dict[str, Any]] = json.loads((VECTORS / "published_trigger_events.json").read_text("utf-8"))
# Samples for a test in the console have no `triggerSource`. The pages of Amazon's guide say which trigger they are for.
PAGES: dict[str, type[TriggerEvent]] = {
    "post-confirmation": triggers.PostConfirmation,
    "pre-sign-up": triggers.PreSignUp,
    "pre-token-generation": triggers.PreTokenGeneration,
    "inbound-federation": triggers.InboundFederation,
}
# In these samples, the source is a placeholder, a list of sources, or that of another language's package.
UNREAL = {"powertools-typescript--base", "aws-lambda-go--cognito-event-userpools-pretokengen"}


def by_page(name: str) -> type[TriggerEvent]:
    return next(kind for page, kind in PAGES.items() if page in name)


def reader(name: str, event: dict[str, Any]) -> Callable[[dict[str, Any]], TriggerEvent]:
    return triggers.parse if "triggerSource" in event else by_page(name).parse


ALL = {**{f"{event['triggerSource']}-{event['version']}": event for event in SENT}, **PUBLISHED}


@pytest.mark.parametrize("name", ALL)
def test_event_is_dumped_as_it_was_read(name: str) -> None:
    event, read = ALL[name], reader(name, ALL[name])
    # Texts, because equal dictionaries may have another order.
    assert json.dumps(read(event).to_dict()) == json.dumps(event)
    if name not in UNREAL:
        assert type(read(event)) is not UnknownTrigger


@pytest.mark.parametrize("kind", [*EVENTS, UnknownTrigger])
def test_null_request_and_response_read_as_empty(kind: type[TriggerEvent]) -> None:
    version = kind.model_fields["version"].default
    event = {"version": version, "triggerSource": f"{kind.trigger}_New", "request": None, "response": None}
    assert type(triggers.parse(event)) is kind
    assert triggers.parse(event).to_dict() == event


@pytest.mark.parametrize("name", ALL)
def test_json_of_an_event_is_read_by_its_class(name: str) -> None:
    event = ALL[name]
    kind = type(reader(name, event)(event))
    assert kind.model_validate_json(json.dumps(event)).model_dump() == event
    assert json.loads(kind.model_validate(event).model_dump_json()) == event


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda event: event.model_copy(deep=True),
        lambda event: pickle.loads(pickle.dumps(event)),
        lambda event: copy.copy(type(event).model_construct(**dict(event))),
    ],
    ids=["copy", "deep copy", "model_copy", "pickle", "made without reading"],
)
def test_copy_of_an_event_is_dumped_as_it_was_read(copied: Callable[[TriggerEvent], TriggerEvent]) -> None:
    event: dict[str, Any] = {"triggerSource": "PreSignUp_SignUp", "_read_": "a name", "version": "1", "response": {}}
    event["request"] = {"clientMetadata": {}, "validationData": None, "userAttributes": {"email": "f@example.com"}}
    read = triggers.parse(event)
    assert copied(read) == read
    assert json.dumps(copied(read).to_dict()["request"]) == json.dumps(event["request"])
    assert copied(read).to_dict()["_read_"] == "a name"


def sources() -> list[tuple[type[TriggerEvent], str, str]]:
    return [(kind, source, kind.model_fields["version"].default) for kind in EVENTS for source in kind.sources]


@pytest.mark.parametrize(("kind", "source", "version"), sources())
def test_each_source_has_its_class(kind: type[TriggerEvent], source: str, version: str) -> None:
    event = {"version": version, "triggerSource": source, "request": {}, "response": {}}
    assert type(triggers.parse(event)) is kind
    assert kind.parse(event).to_dict() == event


def test_there_is_a_class_for_all_sources_that_aws_documents() -> None:
    """The counts are those of the tables in Amazon's guide. The three versions of a source are three events."""
    counts = {kind.__name__: len(kind.sources) for kind in EVENTS}
    assert counts == {
        "PreSignUp": 3,
        "PostConfirmation": 2,
        "PreAuthentication": 1,
        "PostAuthentication": 1,
        "DefineAuthChallenge": 1,
        "CreateAuthChallenge": 1,
        "VerifyAuthChallengeResponse": 1,
        "PreTokenGeneration": 5,
        "PreTokenGenerationV2": 5,
        "PreTokenGenerationV3": 6,
        "UserMigration": 2,
        "CustomMessage": 7,
        "CustomEmailSender": 8,
        "CustomSMSSender": 7,
        "InboundFederation": 1,
    }


@pytest.mark.parametrize("name", ["validationData", "clientMetadata", "userAttributes"])
@pytest.mark.parametrize("value", [None, {}, {"a": "b"}])
def test_null_reads_as_empty_and_dumps_as_null(name: str, value: Any) -> None:
    event = {"triggerSource": "PreSignUp_SignUp", "request": {name: value}}
    sign_up = triggers.PreSignUp.parse(event)
    read = {
        "validationData": sign_up.request.validation_data,
        "clientMetadata": sign_up.request.client_metadata,
        "userAttributes": sign_up.request.user_attributes,
    }
    assert read == {"validationData": {}, "clientMetadata": {}, "userAttributes": {}} | {name: value or {}}
    assert sign_up.to_dict() == event


@pytest.mark.parametrize("configuration", [None, {}, {"groupsToOverride": None, "iamRolesToOverride": []}])
def test_tokens_of_a_machine_have_no_groups(configuration: Any) -> None:
    event = {
        "version": "3",
        "userName": "ClientCredentials",
        "triggerSource": "TokenGeneration_ClientCredentials",
        "request": {"userAttributes": {}, "groupConfiguration": configuration, "scopes": ["orders/read"]},
        "response": {"claimsAndScopeOverrideDetails": None},
    }
    machine = triggers.PreTokenGenerationV3.parse(event)
    assert machine.request.group_configuration.groups_to_override == []
    assert machine.to_dict() == event


def test_unknown_members_sources_and_triggers_are_kept_in_their_place() -> None:
    event = {
        "zone": 1,
        "version": "1",
        "request": {"later": [1], "userAttributes": {"sub": 7, "email": None}, "earlier": None},
        "triggerSource": "PreSignUp_ByFax",
        "response": {"autoConfirmUser": False, "autoFax": None},
    }
    assert type(triggers.parse(event)) is triggers.PreSignUp
    assert json.dumps(triggers.parse(event).to_dict()) == json.dumps(event)
    unknown = triggers.parse({**event, "triggerSource": "PostFax_Sent", "version": "9"})
    assert type(unknown) is UnknownTrigger and unknown.request.model_extra == event["request"]
    assert json.dumps(unknown.to_dict()) == json.dumps({**event, "triggerSource": "PostFax_Sent", "version": "9"})


def test_a_later_version_of_the_token_event_is_read_as_the_newest() -> None:
    event = {"version": "4", "triggerSource": "TokenGeneration_Authentication", "request": {"scopes": ["openid"]}}
    newest = triggers.parse(event)
    assert isinstance(newest, triggers.PreTokenGenerationV3) and newest.request.scopes == ["openid"]


def test_the_other_spelling_of_the_sms_sender_is_read() -> None:
    event = {"version": "1", "triggerSource": "CustomSmsSender_SignUp", "request": {"code": "AYADeA=="}}
    assert isinstance(triggers.parse(event), triggers.CustomSMSSender)
