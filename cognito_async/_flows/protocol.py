"""The messages between a flow and its driver.

A flow is a generator that returns its outcome. It yields:
- `Call` to make a call: the driver sends the reply in, or throws the error in;
- `Pause` before each slice of arithmetic;
- `FindDevice` to look up the remembered device: the driver sends in the device, or `None`.

A flow never waits, sends or reads a clock, so a test can run a whole sign-in in microseconds.
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
    """A request to the driver to make a call and send the reply in."""

    operation: Operation[InputT, OutputT]
    request: InputT


class Pause(NamedTuple):
    """A request to the driver to let other tasks run. From its first `Pause` to its next `Call`, a flow computes."""

    urgent: bool


class FindDevice(NamedTuple):
    """A request to the driver for the device as which the pool remembers this program for this user."""

    username: str


class Done(NamedTuple):
    """The outcome of a complete sign-in.

    `username`: the last name that the service has returned, or else the typed one. `device`: the device that the
    sign-in has registered, or else the one that it has used.
    """

    tokens: Tokens
    username: str
    device: DeviceSecret | None = None


class Pending(NamedTuple):
    """The outcome of a sign-in that waits for the caller's answer to a challenge."""

    challenge: PendingChallenge


Outcome = Done | Pending
Step = Call[Any, Any] | Pause | FindDevice
Flow = Generator[Step, Any, T]


def call(operation: Operation[InputT, OutputT], request: InputT) -> Flow[OutputT]:
    """Yield one call and return its reply, with its type: `reply = yield from call(OPERATION, request)`."""
    reply: OutputT = yield Call(operation, request)
    return reply


def find_device(username: str) -> Flow[DeviceSecret | None]:
    """Return the device as which the pool remembers this program for a user; `None` if it does not."""
    device: DeviceSecret | None = yield FindDevice(username)
    return device


def with_pauses(steps: Steps[T], *, urgent: bool) -> Flow[T]:
    """Run sliced arithmetic within a flow, with a `Pause` before each slice.

    At the first `Pause`, the driver waits for the arithmetic lock.
    """
    while True:
        yield Pause(urgent)
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
