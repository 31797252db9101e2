"""Calls of Lambda handlers as the service makes them: with a context, a time limit and up to three attempts."""

from __future__ import annotations

import json
import secrets
import threading
import uuid
from concurrent.futures import Future
from datetime import datetime
from decimal import Decimal
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Final

import anyio

from ..._core.clock import Clock
from ..._core.concurrency.event_loop import Signal
from ..settings.functions import Event, LambdaFunction, LambdaHandler

# "After three unsuccessful attempts, the function times out" (Amazon's guide). People see three calls at cold starts,
# such as aws-amplify/amplify-js#4805.
_ATTEMPTS: Final = 3
# The quota of Lambda for the response of a synchronous call, in bytes.
_MOST_BYTES: Final = 6_291_556


class LambdaFailed(Exception):
    """The handler has failed. The text is the `errorMessage` that Lambda reports."""


class LambdaTimedOut(Exception):
    """The handler has not returned in time, in any attempt."""


class CognitoIdentity:
    """The identity of the caller. A user pool names none."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """The second argument of a handler, with the attributes of AWS's runtime for Python.

    Source: `lambda_context.py` of aws/aws-lambda-python-runtime-interface-client 4.2.2.
    """

    function_version = "$LATEST"
    memory_limit_in_mb = "128"
    client_context = None
    tenant_id = None

    def __init__(self, arn: str, clock: Clock, time_limit: float) -> None:
        self._clock, self._ends = clock, clock.monotonic() + time_limit
        self.identity = CognitoIdentity()
        self.aws_request_id = str(uuid.uuid4())
        self.invoked_function_arn = arn
        self.function_name = arn.rpartition(":")[2]
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = _log_stream(clock.now())

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the time limit, on the pool's clock."""
        return max(0, int((self._ends - self._clock.monotonic()) * 1000))


async def call_lambda(function: LambdaFunction, event: Event, arn: str, clock: Clock) -> Any:
    """Call a handler and return what it returns.

    The time limit counts on the pool's clock, which a test moves. It also counts on the machine's, so that a hanging
    handler does not hang its test. A sync handler that is out of time continues in its thread, as in Lambda.

    Raises:
        LambdaFailed: if the handler raises an exception, or returns what Lambda cannot send.
        LambdaTimedOut: if it is too slow three times.
    """
    for _ in range(_ATTEMPTS):
        context = LambdaContext(arn, clock, function.time_limit)
        with clock.move_on_after(function.time_limit) as own, anyio.move_on_after(function.time_limit) as machine:
            returned = await _attempt(function, json.loads(json.dumps(event)), context)
            if not (own.cancel_called or machine.cancel_called):  # an async handler may not notice that it is late
                return returned
    raise LambdaTimedOut


async def _attempt(function: LambdaFunction, event: Event, context: LambdaContext) -> Any:
    handler = function.handler
    try:
        if iscoroutinefunction(handler):
            returned = await handler(event, context)
        else:
            returned = await _in_thread(handler, event, context)
            if isawaitable(returned):
                returned = await returned
    except SystemExit as error:
        raise LambdaFailed(
            f"RequestId: {context.aws_request_id} Error: Runtime exited with error: exit status {error.code or 0}"
        ) from None
    try:
        returned = json.loads(json.dumps(returned, default=_number))
        size = len(json.dumps(returned))
    except (TypeError, ValueError, RecursionError) as error:
        problem = f"Unable to marshal response: {error}"
    else:
        if size <= _MOST_BYTES:
            return returned
        problem = f"Response payload size exceeded maximum allowed payload size ({_MOST_BYTES} bytes)."
    raise LambdaFailed(problem)


async def _in_thread(handler: LambdaHandler, event: Event, context: LambdaContext) -> Any:
    """Call a sync handler in a thread of its own.

    One that never returns must not keep the process alive, nor take one of the threads that the program shares.
    """
    ended, outcome, cancelled = Signal(), Future[Any](), anyio.get_cancelled_exc_class()

    def call() -> None:
        try:
            outcome.set_result(handler(event, context))
        except (cancelled, GeneratorExit) as error:  # they would cancel the task that waits
            outcome.set_exception(LambdaFailed(type(error).__name__))
        except BaseException as error:  # noqa: BLE001 - the waiting task raises it
            outcome.set_exception(error)
        ended.set()

    threading.Thread(target=call, name="cognito_async Lambda handler", daemon=True).start()
    await ended.wait()
    return outcome.result()


def _number(value: object) -> int | float:
    """Return a number for a `Decimal`, as AWS's runtime does. DynamoDB has such values."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _log_stream(now: datetime) -> str:
    return f"{now:%Y/%m/%d}/[$LATEST]{secrets.token_hex(16)}"
