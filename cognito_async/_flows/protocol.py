"""The words between a flow and its driver.

A flow is a generator. It yields a `Call` and is sent the reply (or has the error thrown in), a `Pause` between
two slices of arithmetic, or a `Recall` and is sent the remembered device. It returns its outcome. It never waits,
sends or reads a clock, so a test can walk a whole sign-in in microseconds.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from .._core.operation import InputT, Operation, OutputT
from .._crypto.power import Steps
from .._tokens.device import DeviceSecret
from .context import PendingChallenge

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

T = TypeVar("T")


class Call(NamedTuple, Generic[InputT, OutputT]):
    """Please make this call and send me the reply."""

    operation: Operation[InputT, OutputT]
    request: InputT


class Pause(NamedTuple):
    """Please give way to others; from the first `Pause` to the next `Call` I am doing arithmetic."""

    urgent: bool


class Recall(NamedTuple):
    """Please tell me as which device this program is known for this user."""

    username: str


class Done(NamedTuple):
    """The sign-in is complete. `username` is the last name that the service gave, or the one typed.

    `device` is the one that this program was in it, or became by it.
    """

    tokens: Tokens
    username: str
    device: DeviceSecret | None = None


class Pending(NamedTuple):
    """The service asks for something that only the caller can answer."""

    challenge: PendingChallenge


Outcome = Done | Pending
Step = Call[Any, Any] | Pause | Recall
Flow = Generator[Step, Any, T]


def call(operation: Operation[InputT, OutputT], request: InputT) -> Flow[OutputT]:
    """Yield one call from a flow with the type of its reply kept: `reply = yield from call(OPERATION, request)`."""
    reply: OutputT = yield Call(operation, request)
    return reply


def recall(username: str) -> Flow[DeviceSecret | None]:
    """Yield one question for a remembered device, with the type of its answer kept."""
    device: DeviceSecret | None = yield Recall(username)
    return device


def paused(steps: Steps[T], *, urgent: bool) -> Flow[T]:
    """Run sliced arithmetic within a flow, each slice after a pause: the first one waits for the turn."""
    while True:
        yield Pause(urgent)
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
