"""Calls of triggers: the service's JSON event, the user's function, and its response."""

from __future__ import annotations

import json
from typing import Any, cast

from ..settings.triggers import Event, Trigger
from ..wire.refusals import Refusal
from .service_state import ServiceState
from .trigger_events import TriggerEvent


class TriggerResponse:
    """The `response` that a trigger has filled in.

    The methods check the type of a member, and treat a missing one as empty.
    """

    def __init__(self, members: dict[str, Any]) -> None:
        self._members = members

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def value(self, name: str) -> Any:
        """Return a member of any type."""
        return self._members.get(name)

    def is_true(self, name: str) -> bool:
        return self._members.get(name) is True

    def string(self, name: str) -> str | None:
        value = self._members.get(name)
        if value is not None and not isinstance(value, str):
            raise unrecognizable()
        return value

    def strings(self, name: str) -> list[str]:
        given: Any = self._members.get(name) or []
        if not isinstance(given, list) or not all(isinstance(each, str) for each in cast("list[object]", given)):
            raise unrecognizable()
        return cast("list[str]", given)

    def string_map(self, name: str) -> dict[str, str]:
        members = _object(self._members.get(name) or {})
        if not all(isinstance(each, str) for each in members.values()):
            raise unrecognizable()
        return members

    def nested(self, name: str) -> TriggerResponse:
        """Return a member that is an object."""
        return TriggerResponse(_object(self._members.get(name) or {}))


async def fire(state: ServiceState, event: TriggerEvent) -> TriggerResponse:
    """Call the pool's function for an event and return its response, which is empty if the pool has no function.

    If the function raises an exception, the client's call is refused, as after a failed Lambda function.
    """
    settings = state.pool(event.origin.user_pool_id).settings
    function: Trigger | None = getattr(settings.triggers, event.function)
    if function is None:
        return TriggerResponse({})
    given: Event = _as_json(
        {
            "version": "1",
            "region": settings.region,
            "userPoolId": settings.id,
            "userName": event.username,
            "triggerSource": event.source,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": event.origin.client_id},
            "request": event.request,
            "response": dict(event.response),
        }
    )
    try:
        returned = await function(given)
    except Exception as error:  # noqa: BLE001 - whatever a Lambda function raises refuses the call
        name = type(event).__name__
        raise Refusal("UserLambdaValidationException", f"{name} failed with error {error}.") from None
    return TriggerResponse(_object(_object(_as_json(given if returned is None else returned)).get("response")))


def unrecognizable() -> Refusal:
    return Refusal("InvalidLambdaResponseException", "Unrecognizable lambda output")


def _as_json(value: Any) -> Any:
    """Copy a value through JSON, as between Cognito and a Lambda function, so that they share no object."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        raise unrecognizable() from None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unrecognizable()
    return cast("dict[str, Any]", value)
