"""Calls of AWS's JSON protocol: the request, the reply, and the interface of a transport."""

from __future__ import annotations

import enum
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .._core.clock import Deadline
from .._core.operation import USER_POOLS, Authorization, Service
from .._core.secret import Secret, Text, Texts

if TYPE_CHECKING:
    from .._core.model import Model


class Effect(enum.Enum):
    """The kinds of calls. If its reply was lost, a REPEATABLE call may be sent again, and a ONCE call must not."""

    REPEATABLE = "repeatable"
    ONCE = "once"


@dataclass(slots=True, eq=False, repr=False)
class RpcRequest:
    """One call, ready to send.

    Attributes:
        secrets: the strings in the body, and in the headers that a signature adds, that no error message may repeat.
        model: the input model from which the body was made. Hooks receive its content, with secrets masked.
    """

    operation: str
    body: bytes
    effect: Effect
    authorization: Authorization = Authorization.NONE
    secrets: tuple[Text, ...] = ()
    headers: Texts = field(default_factory=dict[str, Text])
    model: Model | None = None
    service: Service = USER_POOLS

    def with_headers(self, headers: Texts) -> RpcRequest:
        """Return the same call with more headers."""
        added = {**self.headers, **headers}
        return RpcRequest(
            self.operation,
            self.body,
            self.effect,
            self.authorization,
            self.secrets,
            added,
            self.model,
            self.service,
        )

    def hidden(self) -> tuple[Text, ...]:
        """Return all strings of this call that no error message may repeat."""
        if not self.headers:  # as in most calls, which nobody signs
            return self.secrets
        return (*self.secrets, *(value for value in self.headers.values() if type(value) is Secret))

    def wire_headers(self) -> dict[str, Text]:
        """Return `headers`, and those that name the operation and the format. A signature covers all of them."""
        return {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"{self.service.target}.{self.operation}",
            **self.headers,
        }


@dataclass(slots=True, eq=False, repr=False)
class RpcReply:
    """A reply, whatever its status. Header names are lower case.

    Attributes:
        attempts: the number of attempts that it took.
        is_from_aws: whether the endpoint is one of AWS's, and not an emulator or a proxy that the caller has chosen.
        resent: whether this attempt was sent twice, because the first reply was lost.
    """

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    attempts: int = 1
    is_from_aws: bool = True
    resent: bool = False


class Transport(Protocol):
    """The interface of each layer below the retries: send a request and return its reply, or raise a `CognitoError`."""

    def send(self, request: RpcRequest, deadline: Deadline) -> Coroutine[Any, Any, RpcReply]: ...
