"""The generic call: it takes a request model, and returns a reply model or raises a typed error."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .._core.clock import Deadline
from .._core.errors import ConfigurationError
from .._core.operation import InputT, Meta, Operation, OutputT, ShapeMismatch
from .._core.secret import Texts
from .effects import effect_of
from .faults import clean, invalid, request_id_of
from .reply_size import MOST_MARKS, has_too_many_values
from .rpc import Effect, RpcReply, RpcRequest, Transport

if TYPE_CHECKING:
    from .._core.model import Model

# In bytes. This is enough for 50 attributes of 2,048 characters and as much metadata; a larger request is a mistake.
_LARGEST_REQUEST = 262_144


class Invoke(Protocol):
    """The interface with which flows make calls. `Invoker` implements it."""

    async def __call__(self, operation: Operation[InputT, OutputT], request: InputT, deadline: Deadline) -> OutputT: ...


class Invoker:
    """The generic call, made through one transport.

    Args:
        transport: sends the calls.
        headers: added to each request.
        on_answer: called with each reply.
    """

    def __init__(
        self, transport: Transport, headers: Texts | None = None, on_answer: Callable[[Model], None] | None = None
    ) -> None:
        self._transport = transport
        self._headers = headers
        self._on_answer = on_answer

    async def __call__(self, operation: Operation[InputT, OutputT], request: InputT, deadline: Deadline) -> OutputT:
        """Make one call before the deadline.

        Raises:
            ConfigurationError: if the request has more than 262,144 bytes.
            TransportError, ServiceError, CredentialsError: if the transport raises them.
            InvalidReply: if the reply has too many values, or does not have the operation's shape.
        """
        message = _message(operation, request)
        if self._headers:
            message.headers = self._headers
        reply = await self._transport.send(message, deadline)
        if await has_too_many_values(reply.body):
            raise invalid(message, reply, f"has more than {MOST_MARKS} values; ask for smaller pages")
        try:
            answer = operation.output.from_json(_json(reply))
        except ShapeMismatch as error:
            path = clean(message, error.path)  # the names in it are the server's
        else:
            if self._on_answer is not None:
                self._on_answer(answer)
            return answer.set_meta(Meta(request_id_of(message, reply), reply.attempts))
        if not path:
            raise invalid(
                message, reply, "is not a JSON object; check that the endpoint is the service, and not a proxy"
            )
        raise invalid(message, reply, f"does not have the shape of this operation (at {path})")


def _message(operation: Operation[InputT, OutputT], request: InputT) -> RpcRequest:
    message = RpcRequest(
        operation=operation.name,
        body=request.to_json(),
        effect=Effect.REPEATABLE if operation.repeatable else effect_of(operation.name, request),
        authorization=operation.authorization,
        secrets=tuple(request.secrets()),
        model=request,
        service=operation.service,
    )
    if len(message.body) > _LARGEST_REQUEST:
        raise ConfigurationError(f"{operation.name}: the request has more than {_LARGEST_REQUEST} bytes")
    return message


def _json(reply: RpcReply) -> bytes:
    """Return the JSON of a reply, and `{}` for an empty reply."""
    return reply.body.removeprefix(codecs.BOM_UTF8) if reply.body and not reply.body.isspace() else b"{}"
