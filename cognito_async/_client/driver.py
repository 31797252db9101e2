"""The one place that pumps a flow: makes its calls, and gives way in its pauses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from anyio.lowlevel import checkpoint

from .._aws.invoke import Invoke
from .._core.arithmetic import arithmetic_turn
from .._core.clock import Deadline
from .._core.errors import CallTimeout, CognitoError, ConfigurationError
from .._core.semaphore import Slots
from .._flows.protocol import Flow, Pause, Recall, Step
from .._tokens.device import DeviceSecret

T = TypeVar("T")
Recaller = Callable[[str], Awaitable[DeviceSecret | None]]


async def no_device(username: str) -> DeviceSecret | None:
    """For flows in which no device is asked for, and programs that keep none."""


class _Returned(NamedTuple):
    value: Any


async def drive(
    flow: Flow[T],
    invoke: Invoke,
    deadline: Deadline,
    known_device: Recaller = no_device,
    admission: Slots | None = None,
) -> T:
    """Run a flow to its outcome before the deadline; `known_device` answers its `Recall`s.

    From its first arithmetic to its outcome a flow has a place of `admission`: else thousands of handshakes would
    be begun at once, and their proofs be sent when the service has forgotten what it asked. Whoever has begun at the
    service already, in this flow or in the one before, has a place before those that have not.

    Raises whatever its calls raise and it does not handle itself; `CallTimeout` while it waits or computes
    too long; `ConfigurationError` where it makes a request of unusable texts.
    """
    step: Step | _Returned
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
        raise _told(error) from None
    finally:
        flow.close()
        if admission is not None and admitted:
            admission.give()


def _told(error: ValueError) -> Exception:
    from .._core.model import what_is_wrong  # noqa: PLC0415 - it was imported with the request

    reason = what_is_wrong(error)
    return error if reason is None else ConfigurationError(reason)


async def _admit(admission: Slots, deadline: Deadline, *, urgent: bool) -> bool:
    with deadline.scope() as scope:
        await admission.take(urgent=urgent)
    return not scope.cancelled_caught


def _refused(admission: Slots) -> CallTimeout:
    return CallTimeout(
        f"the time for this call was over while it waited behind {admission.most} sign-ins that were under way and "
        f"{admission.waiting} that wait: nothing of this step was sent. Begin fewer at once, or give them a longer "
        "timeout=; the extra `fast` makes each several times shorter"
    )


async def _compute(flow: Flow[Any], pause: Pause, deadline: Deadline) -> Step | _Returned:
    """Hold the turn from a flow's first pause to its next call."""
    step: Step | _Returned = pause
    with deadline.scope() as scope:
        async with arithmetic_turn(urgent=pause.urgent):
            while isinstance(step, Pause):
                step = _advance(flow, None)
                await checkpoint()
    if scope.cancelled_caught:
        # Thrown in, not raised: a flow may have an outcome that stands without this arithmetic.
        return _advance(flow, CallTimeout("the time for this call was over before its arithmetic was done"))
    return step


def _advance(flow: Flow[Any], message: Any) -> Step | _Returned:
    try:
        return flow.throw(message) if isinstance(message, CognitoError) else flow.send(message)
    except StopIteration as done:
        return _Returned(done.value)
