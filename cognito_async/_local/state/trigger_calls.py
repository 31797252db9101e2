"""Calls of triggers: the service's JSON event, the user's function, and its response."""

from __future__ import annotations

import json
import logging
from inspect import isawaitable
from typing import Any, TypeVar, cast

from ..settings.triggers import Event, Trigger
from ..wire.refusals import Refusal
from .service_state import ServiceState
from .trigger_events import TriggerEvent
from .trigger_responses import UnreadableResponse, as_sent, read

R = TypeVar("R")
_log = logging.getLogger("cognito_async.local")


async def fire(state: ServiceState, event: TriggerEvent[R]) -> R:
    """Call the pool's function for an event and return its response; if the pool has no function, the default.

    If the function raises an exception, the client's call is refused, as after a failed Lambda function. This pool does
    not raise the service's `UnexpectedLambdaException`, which means that the function could not be called.
    """
    settings = state.pool(event.origin.user_pool_id).settings
    function: Trigger | None = getattr(settings.triggers, event.function)
    kind: type[R] = event.response
    if function is None:
        return kind()
    given: Event = _as_json(
        {
            "version": event.version,
            "region": settings.region,
            "userPoolId": settings.id,
            "userName": event.username,
            "triggerSource": event.source,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": event.origin.client_id},
            "request": event.request,
            "response": as_sent(kind),
        }
    )
    try:
        awaitable = function(given)
        if not isawaitable(awaitable):
            raise TypeError("a trigger must be an async function")
        returned = await awaitable
    except Exception as error:  # noqa: BLE001 - whatever a Lambda function raises refuses the call
        name = "".join(word.capitalize() for word in event.function.split("_"))
        raise Refusal("UserLambdaValidationException", f"{name} failed with error {_text(error)}.") from None
    answer = _as_json(given if returned is None else returned)
    try:
        return read(kind, cast("dict[str, Any]", answer).get("response") if isinstance(answer, dict) else None)
    except UnreadableResponse as error:
        # The service's text does not say what is wrong.
        _log.warning("the trigger %s returned an invalid answer: %s", event.function, error)
        raise invalid_response() from None


def _text(error: Exception) -> str:
    """Return the text of a user's exception, which may fail to make one. No reply can contain half a surrogate pair."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a user's class may raise any exception
        text = type(error).__name__
    return text.encode(errors="replace").decode()


def invalid_response(message: str = "Unrecognizable lambda output") -> Refusal:
    return Refusal("InvalidLambdaResponseException", message)


def _as_json(value: Any) -> Any:
    """Copy a value through JSON, as between Cognito and a Lambda function, so that they share no object."""
    try:
        # `encode` refuses half a surrogate pair: it could be in no reply.
        return json.loads(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError, RecursionError):
        raise invalid_response() from None
