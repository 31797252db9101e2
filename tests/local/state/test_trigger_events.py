"""The table of triggers: each function of a pool has one event, with the members that the service documents."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest

from cognito_async._local.settings.triggers import Triggers
from cognito_async._local.state import trigger_events
from cognito_async._local.state.trigger_events import Origin, PreAuthentication, TriggerEvent, UserMigration

ORIGIN = Origin("us-east-1_LocalPool", "client")
EVENTS = [
    each
    for each in vars(trigger_events).values()
    if isinstance(each, type) and issubclass(each, TriggerEvent) and hasattr(each, "function")
]


def test_each_trigger_has_one_event() -> None:
    assert sorted(each.function for each in EVENTS) == sorted(each.name for each in fields(Triggers))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_event_and_function_have_the_same_name(event: type[TriggerEvent]) -> None:
    assert re.sub(r"(?<=.)([A-Z])", r"_\1", event.__name__).lower() == event.function


@pytest.mark.parametrize("missing", [{}, {"user_not_found": None}])
def test_members_without_a_value_are_left_out(missing: dict[str, Any]) -> None:
    event = PreAuthentication(ORIGIN, "alice", user_attributes={}, validation_data={"a": "b"}, **missing)
    assert event.request == {"userAttributes": {}, "validationData": {"a": "b"}}
    assert event.source == "PreAuthentication_Authentication"


def test_password_is_not_in_the_repr() -> None:
    event = UserMigration(
        ORIGIN,
        "alice",
        source="UserMigration_Authentication",
        validation_data={},
        client_metadata={},
        password="Passw0rd!",
    )
    assert event.request["password"] == "Passw0rd!" and "Passw0rd!" not in repr(event)
