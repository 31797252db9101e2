"""Calls of triggers: the service's JSON event, the user's function, and its response."""

from __future__ import annotations

import json
import logging
import traceback
from inspect import isawaitable
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, TypeVar

from ..._triggers.members import Members
from ..settings.functions import Event, LambdaFunction, Trigger
from ..settings.pool import ACCOUNT, PoolSettings
from ..settings.triggers import TRIGGER_NAMES
from ..state.service_state import ServiceState
from ..state.trigger_events import Origin
from ..wire.refusals import Refusal
from .answers import UnreadableAnswer, read_answer
from .lambda_calls import LambdaTimedOut, call_lambda

R = TypeVar("R", bound=Members)
R_co = TypeVar("R_co", bound=Members, covariant=True)
_log = logging.getLogger("cognito_async.local")


# The members of requests that the service sends as null; others without a value are left out.
_NULL: Final = frozenset({"validationData", "usernameParameter"})


class Answerable(Protocol[R_co]):
    """An event of `cognito_async.triggers`, by the class of its response."""

    trigger: ClassVar[str]
    version: str
    user_name: str
    trigger_source: str

    @property
    def request(self) -> Members: ...
    @property
    def response(self) -> R_co: ...


async def fire(state: ServiceState, origin: Origin, event: Answerable[R]) -> R:
    """Call the pool's function for an event and return its response; if the pool has no function, the default.

    The event needs `user_name`, `trigger_source` and `request` only. If the function raises an exception, the client's
    call is refused, as after a failed Lambda function. The text for a handler that is too slow is quoted in
    furaiev/amazon-cognito-identity-dart-2#204 and anomalyco/sst#1815.
    """
    settings, kind, name = state.pool(origin.user_pool_id).settings, type(event.response), TRIGGER_NAMES[event.trigger]
    function: Trigger | LambdaFunction | None = getattr(settings.triggers, name)
    if function is None:
        return kind()
    given = {**_event(settings, origin, event), "response": kind.as_sent()}
    try:
        returned = await state.steps.run_outside(_call(state, settings, name, given))
    except LambdaTimedOut:
        problem = f"{_shown(event)} invocation failed due to error Socket timeout while invoking Lambda function."
        raise Refusal("UnexpectedLambdaException", problem) from None
    except Exception as error:  # noqa: BLE001 - whatever a Lambda function raises refuses the call
        _log_failure(name, error)
        raise Refusal("UserLambdaValidationException", f"{_shown(event)} failed with error {_text(error)}.") from None
    try:
        # A Lambda function returns the event. Users report that Cognito cannot read one without `callerContext`, which
        # a C# class had dropped.
        return read_answer(kind, _as_json(returned), given if isinstance(function, LambdaFunction) else ())
    except UnreadableAnswer as error:
        # The service's text does not say what is wrong.
        _log.warning("the trigger %s returned an invalid answer: %s", name, error)
        raise invalid_response() from None


async def notify(state: ServiceState, origin: Origin, event: Answerable[Any]) -> None:
    """Call the pool's function for an event to which the service expects no answer. The pool must have the function.

    The service does not wait for the function. This pool does, so that its effects are there when the call returns, but
    it logs a failure instead of refusing the call.
    """
    settings, name = state.pool(origin.user_pool_id).settings, TRIGGER_NAMES[event.trigger]
    given = _event(settings, origin, event)
    # Events for custom senders have it also without a value (DefinitelyTyped/DefinitelyTyped#52111).
    given["request"].setdefault("clientMetadata", None)
    try:
        await state.steps.run_outside(_call(state, settings, name, given))
    except Exception as error:  # noqa: BLE001 - a user's function may raise any exception
        _log_failure(name, error)


def _event(settings: PoolSettings, origin: Origin, event: Answerable[Any]) -> Event:
    """Return an event as the service sends it, but without `response`."""
    whole: Event = _as_json(
        {
            "version": event.version,
            "region": settings.region,
            "userPoolId": settings.id,
            "userName": event.user_name,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": origin.client_id},
            "triggerSource": event.trigger_source,
            "request": _request(event.request),
        }
    )
    return whole


async def _call(state: ServiceState, settings: PoolSettings, name: str, event: Event) -> Any:
    """Call the function in a field of `Triggers`. An async function may change the event and return nothing."""
    function: Trigger | LambdaFunction = getattr(settings.triggers, name)
    if isinstance(function, LambdaFunction):
        return await call_lambda(function, event, function_arn(settings, name), state.clock)
    awaitable = function(event)
    if not isawaitable(awaitable):
        raise TypeError("a trigger must be an async function; for Lambda handlers, use from_lambda")
    returned = await awaitable
    return event if returned is None else returned


def function_arn(settings: PoolSettings, name: str) -> str:
    """Return the ARN of the function in a field of `Triggers`."""
    return f"arn:aws:lambda:{settings.region}:{ACCOUNT}:function:local-pool-{name}"


def _request(request: Members) -> dict[str, Any]:
    """Return the members of a request as the service sends them."""
    members: dict[str, Any] = request.model_dump(by_alias=True)
    empty = {"validationData", "clientMetadata"}
    values = {name: value or None if name in empty else value for name, value in members.items()}
    return {name: value for name, value in values.items() if value is not None or name in _NULL}


def _log_failure(name: str, error: Exception) -> None:
    """Log the place of a failure. Its text and traceback are for debugging only, because they may show secrets."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    file = Path(place.filename).name
    _log.warning("the trigger %s raised %s in %s, line %s", name, type(error).__name__, file, place.lineno)
    _log.debug("the trigger %s raised an exception", name, exc_info=error)


def _shown(event: Answerable[Any]) -> str:
    """Return the trigger's name in the service's errors. awslabs/aws-lambda-rust-runtime#1129 quotes V2_0."""
    if event.trigger != "TokenGeneration":
        return event.trigger
    return "PreTokenGeneration" if event.version == "1" else f"PreTokenGenerationV{event.version}_0"


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
