"""The driver: runs a flow, makes its calls, and yields to other tasks in its pauses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from anyio.lowlevel import checkpoint

from .._aws.invoke import Invoke
from .._core.arithmetic import arithmetic_lock
from .._core.clock import Deadline
from .._core.errors import CallTimeout, CognitoError, ConfigurationError
from .._core.semaphore import PrioritySemaphore
from .._flows.protocol import Flow, Pause, Recall, Step
from .._tokens.device import DeviceSecret

T = TypeVar("T")
Recaller = Callable[[str], Awaitable[DeviceSecret | None]]


async def no_device(username: str) -> DeviceSecret | None:
    """Return no device: for programs that keep none."""


class _Returned(NamedTuple):
    value: Any


async def drive(
    flow: Flow[T],
    invoke: Invoke,
    deadline: Deadline,
    known_device: Recaller = no_device,
    admission: PrioritySemaphore | None = None,
) -> T:
    """Run a flow to its outcome before the deadline. `known_device` answers its `Recall`s.

    A flow holds a place of `admission` from its first arithmetic to its outcome. Otherwise thousands would start, and
    send proofs for expired challenges. Flows that have called the service go first.

    Raises:
        CallTimeout: if it waits or computes for too long.
        ConfigurationError: if it makes a request of unusable strings.
        CognitoError: what its calls raise, unless it handles that itself.
    """
    step: Step | _Returned
    failure: Exception
    admitted, begun = admission is None, False
    try:
        step = _advance(flow, None)
        while not isinstance(step, _Returned):
            if isinstance(step, Pause):
                if admission is not None and not admitted:
                    admitted = await _admit(admission, deadline, urgent=begun or step.urgent)
                    if not admitted:
                        step = _advance(flow, _refused(admission))
                        continue
                step = await _compute(flow, step, deadline)
                continue
            if isinstance(step, Recall):
                step = _advance(flow, await known_device(step.username))
                continue
            begun = True
            try:
                message: Any = await invoke(step.operation, step.request, deadline)
            except CognitoError as error:
                message = error
            step = _advance(flow, message)
        outcome: T = step.value
        return outcome
    except ValueError as error:
        failure = _converted(error)  # raised below, without the error that may hold a request as its context
    finally:
        flow.close()
        if admission is not None and admitted:
            admission.release()
    raise failure


def _converted(error: ValueError) -> Exception:
    from .._core.model import describe_error  # noqa: PLC0415 - imported with the request

    reason = describe_error(error)
    return error if reason is None else ConfigurationError(reason)


async def _admit(admission: PrioritySemaphore, deadline: Deadline, *, urgent: bool) -> bool:
    with deadline.scope() as scope:
        await admission.acquire(urgent=urgent)
    return not scope.cancelled_caught


def _refused(admission: PrioritySemaphore) -> CallTimeout:
    return CallTimeout(
        f"the time for this call was over while it waited behind {admission.most} sign-ins that were under way and "
        f"{admission.waiting} that wait: nothing of this step was sent. Begin fewer at once, or give them a longer "
        "timeout=; the extra `fast` makes each several times shorter"
    )


async def _compute(flow: Flow[Any], pause: Pause, deadline: Deadline) -> Step | _Returned:
    """Hold the arithmetic lock from a flow's first `Pause` to its next `Call`."""
    step: Step | _Returned = pause
    with deadline.scope() as scope:
        async with arithmetic_lock(urgent=pause.urgent):
            while isinstance(step, Pause):
                step = _advance(flow, None)
                await checkpoint()
    if scope.cancelled_caught:
        # Thrown into the flow, which may have an outcome without this arithmetic.
        return _advance(flow, CallTimeout("the time for this call was over before its arithmetic was done"))
    return step


def _advance(flow: Flow[Any], message: Any) -> Step | _Returned:
    try:
        return flow.throw(message) if isinstance(message, CognitoError) else flow.send(message)
    except StopIteration as done:
        return _Returned(done.value)
