"""The driver, which runs a flow, makes its calls, and lets other tasks run in its pauses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from anyio.lowlevel import checkpoint

from .._aws.invoke import Invoke
from .._core.clock import Deadline
from .._core.concurrency.arithmetic import arithmetic_lock
from .._core.concurrency.semaphore import PrioritySemaphore
from .._core.errors import CallTimeout, CognitoError, ConfigurationError
from .._flows.protocol import Call, FindDevice, Flow, Pause, Step
from .._tokens.device import DeviceSecret

T = TypeVar("T")
DeviceFinder = Callable[[str], Awaitable[DeviceSecret | None]]


async def no_device(username: str) -> DeviceSecret | None:
    """Return `None`, for callers that store no devices."""


class _Returned(NamedTuple):
    value: Any


async def drive(
    flow: Flow[T],
    invoke: Invoke,
    deadline: Deadline,
    find_device: DeviceFinder = no_device,
    admission: Callable[[], PrioritySemaphore] | None = None,
) -> T:
    """Run a flow and return its outcome. `find_device` looks up the device of each `FindDevice`.

    A flow holds a slot of `admission()`, the semaphore of the running event loop, from its first arithmetic to its
    outcome. Without this limit, thousands of flows would start, and send their proofs after their challenges have
    expired. Flows that have called the service get slots first.

    Raises:
        CallTimeout: if the deadline passes while the flow waits or computes.
        ConfigurationError: if the flow builds a request from invalid strings.
        CognitoError: an error of a call that the flow does not handle.
    """
    step: Step | _Returned
    failure: Exception
    slots: PrioritySemaphore | None = None
    admitted, begun = admission is None, False
    try:
        step = _advance(flow, None)
        while not isinstance(step, _Returned):
            if isinstance(step, Pause):
                if admission is not None and not admitted:
                    slots = admission()
                    admitted = await _admit(slots, deadline, urgent=begun or step.urgent)
                    if not admitted:
                        step = _advance(flow, _admission_timeout(slots))
                        continue
                step = await _compute(flow, step, deadline)
                continue
            if isinstance(step, FindDevice):
                step = _advance(flow, await find_device(step.username))
                continue
            begun = True
            step = _advance(flow, await _call(invoke, step, deadline))
        outcome: T = step.value
        return outcome
    except ValueError as error:
        failure = _convert_error(error)  # raised below, outside this block, because this error may hold the request
    finally:
        flow.close()
        if slots is not None and admitted:
            slots.release()
    try:
        raise failure
    finally:
        del failure  # see `_advance`


def _convert_error(error: ValueError) -> Exception:
    from .._core.model import describe_error  # noqa: PLC0415 - the request's module has imported it

    reason = describe_error(error)
    return error if reason is None else ConfigurationError(reason)


async def _call(invoke: Invoke, call: Call[Any, Any], deadline: Deadline) -> Any:
    """Make a call. Return its reply, or its error: see `_advance`."""
    try:
        return await invoke(call.operation, call.request, deadline)
    except CognitoError as error:
        return error


async def _admit(slots: PrioritySemaphore, deadline: Deadline, *, urgent: bool) -> bool:
    with deadline.scope() as scope:
        await slots.acquire(urgent=urgent)
    return not scope.cancelled_caught


def _admission_timeout(slots: PrioritySemaphore) -> CallTimeout:
    return CallTimeout(
        f"timed out waiting for a sign-in slot ({slots.most} running, {slots.waiting} waiting); this step has "
        "sent nothing. Start fewer sign-ins at once, pass a longer timeout=, or install the extra `fast`"
    )


async def _compute(flow: Flow[Any], pause: Pause, deadline: Deadline) -> Step | _Returned:
    """Run a flow from a `Pause` to its next step of another kind, under the arithmetic lock; return that step."""
    step: Step | _Returned = pause
    with deadline.scope() as scope:
        async with arithmetic_lock(urgent=pause.urgent):
            while isinstance(step, Pause):
                step = _advance(flow, None)
                await checkpoint()
    if scope.cancelled_caught:
        # Throw the error into the flow, because some flows can finish without this arithmetic.
        return _advance(flow, CallTimeout("timed out during the SRP computation"))
    return step


def _advance(flow: Flow[Any], message: Any) -> Step | _Returned:
    try:
        return flow.throw(message) if isinstance(message, CognitoError) else flow.send(message)
    except StopIteration as done:
        return _Returned(done.value)
    finally:
        del message  # otherwise an error and this frame would form a reference cycle, which holds the request
