"""Faults that a program adds, to test how it copes: throttled, refused and late requests, and lost replies."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from .._core.concurrency.guard import guard
from .._core.errors import ConfigurationError
from .._core.outside import is_number
from .operations import SERVICES
from .wire.refusals import Refusal
from .wire.replies import LocalResponse
from .wire.requests import LocalRequest

# The name of the requests for the key set, beside those of the operations.
JWKS: Final = "jwks"
_JWKS_PATH = "/.well-known/jwks.json"
_Kind = Literal["refusal", "timeout", "lost reply"]


@dataclass(slots=True, eq=False)
class Fault:
    """A fault of the next requests of an operation; of any operation if `name` is `None`.

    `left` is the number of requests that it still affects; `None` for all.
    """

    kind: _Kind
    name: str | None
    left: int | None
    refusal: Refusal | None = None

    def affects(self, name: str) -> bool:
        return self.name == name or (self.name is None and name in _OPERATIONS)


class FaultQueue:
    """The faults that have not happened yet, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults))

    def add(self, fault: Fault) -> None:
        with guard:
            self._faults.append(fault)

    def clear(self) -> None:
        with guard:
            self._faults.clear()

    async def apply(self, request: LocalRequest, work: Callable[[], Awaitable[LocalResponse]]) -> LocalResponse:
        """Return the response of `work`, changed by the first fault for this request."""
        fault = self._take(_name_of(request))
        if fault is None:
            return await work()
        if fault.refusal is not None:
            raise fault.refusal
        if fault.kind == "timeout":
            return LocalResponse(0, {}, lost="timeout")
        return replace(await work(), lost="connection")

    def _take(self, name: str) -> Fault | None:
        with guard:
            found = next((each for each in self._faults if each.affects(name)), None)
            if found is not None and found.left is not None:
                found.left -= 1
                if not found.left:
                    self._faults.remove(found)
            return found


class Faults:
    """The faults that a local pool has for the next requests: `local.faults.throttle("InitiateAuth")`.

    Each method adds a fault to the next request of an operation, or to the next `times` requests; to all with
    `times=None`, until `clear()`. Without a name, it affects the requests of all operations. The name `"jwks"` means
    the requests for the public keys. Faults of the same request happen one after another, in the order in which they
    were added. They affect clients in this process and clients of the served pool.

    Raises:
        ConfigurationError: if the local pool has no such operation, or an argument is invalid.
    """

    def __init__(self, queue: FaultQueue) -> None:
        self._queue = queue

    def throttle(self, operation: str | None = None, *, times: int | None = 1) -> None:
        """Refuse requests with `TooManyRequestsException`; those for the keys with the status 429.

        `UserPool` repeats such a request, so only several faults make its call fail: `times=None` makes it fail always.
        """
        # The service's throttling error has the status 400, like all errors of its model.
        status = 429 if operation == JWKS else 400
        self._add("refusal", operation, times, Refusal("TooManyRequestsException", "Rate exceeded", status))

    def refuse(self, operation: str, code: str, message: str = "", *, times: int | None = 1) -> None:
        """Refuse requests with the error of this name, such as `"LimitExceededException"`."""
        if operation in (None, JWKS):
            raise ConfigurationError("refuse needs the name of an operation")
        if not isinstance(cast("Any", code), str) or not re.fullmatch("[A-Z][A-Za-z]+", code):
            raise ConfigurationError("code must be the name of an error, such as LimitExceededException")
        if not isinstance(cast("Any", message), str):
            raise ConfigurationError("message must be a str")
        status = 500 if code == "InternalErrorException" else 400
        self._add("refusal", operation, times, Refusal(code, message, status))

    def time_out(self, operation: str | None = None, *, times: int | None = 1) -> None:
        """Do not answer requests, and do not carry them out.

        In this process, the client's time is up at once. A served pool lets it wait.
        """
        self._add("timeout", operation, times)

    def lose_reply(self, operation: str | None = None, *, times: int | None = 1) -> None:
        """Carry requests out, but lose the replies: the connection is closed."""
        self._add("lost reply", operation, times)

    def clear(self) -> None:
        """Remove all faults that have not happened yet."""
        self._queue.clear()

    def __repr__(self) -> str:
        faults = [f"{each.kind} of {each.name or 'any operation'}" for each in self._queue]
        return f"Faults({', '.join(faults)})"

    def _add(self, kind: _Kind, operation: str | None, times: int | None, refusal: Refusal | None = None) -> None:
        if operation not in _NAMES:
            raise ConfigurationError(f"the local pool has no operation {operation!r}")
        if times is not None and not (is_number(times, 1, 2**31) and isinstance(times, int)):
            raise ConfigurationError("times must be a positive number, or None for all requests")
        self._queue.add(Fault(kind, operation, times, refusal))


_OPERATIONS = {name for service in SERVICES.values() for name in service.operations}
_NAMES = {None, JWKS, *_OPERATIONS}


def _name_of(request: LocalRequest) -> str:
    if request.path.endswith(_JWKS_PATH):
        return JWKS
    return request.headers.get("x-amz-target", "").partition(".")[2]
