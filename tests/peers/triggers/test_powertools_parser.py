"""The parser of aws-lambda-powertools reads events with our models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognito_async import triggers
from cognito_async.triggers import AnyTriggerEvent, PostConfirmation, PreSignUp, TriggerEvent

from ..running import module
from .events import WITH_SOURCE

pytestmark = pytest.mark.peer
SIGN_UP = WITH_SOURCE["sent/PreSignUp_SignUp-1"]


@pytest.fixture
def parser() -> Any:
    return module("aws_lambda_powertools.utilities.parser")


def describe(read: TriggerEvent, context: object) -> tuple[type[TriggerEvent], dict[str, Any]]:
    return type(read), read.to_dict()


@pytest.mark.parametrize("name", WITH_SOURCE)
def test_parser_reads_an_event_with_our_model(parser: Any, name: str) -> None:
    event, kind = WITH_SOURCE[name], type(triggers.parse(WITH_SOURCE[name]))
    for given in (event, json.dumps(event)):
        read = parser.parse(event=given, model=kind)
        assert type(read) is kind and json.dumps(read.to_dict()) == json.dumps(event)
    assert parser.event_parser(model=kind)(describe)(event, object()) == (kind, event)


@pytest.mark.parametrize("name", WITH_SOURCE)
def test_parser_finds_the_class_of_any_event(parser: Any, name: str) -> None:
    event = WITH_SOURCE[name]
    read = parser.parse(event=event, model=AnyTriggerEvent)
    assert type(read) is type(triggers.parse(event)) and read.to_dict() == event


def confirm(sign_up: PreSignUp, context: object) -> dict[str, Any]:
    return sign_up.confirm(verify_email=True)


def test_parser_takes_the_model_from_the_handlers_annotation(parser: Any) -> None:
    answer = {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": False}
    assert parser.event_parser(confirm)(SIGN_UP, object()) == {**SIGN_UP, "response": answer}


def test_event_of_another_trigger_is_refused_without_its_values(parser: Any) -> None:
    with pytest.raises(parser.ValidationError, match="this is not an event of PostConfirmation") as refused:
        parser.parse(event=SIGN_UP, model=PostConfirmation)
    assert "a@example.com" not in str(refused.value)
