"""The generic call: a request model in, a reply model or a typed error out."""

from __future__ import annotations

import json
from typing import Protocol

from pydantic import ValidationError

from .._ground.clock import Deadline
from .._ground.errors import ConfigurationError, InvalidReply
from .._ground.model import InputT, Operation, OutputT
from .._transport.base import Effect, RpcRequest, Transport
from .._transport.faults import decode
from .effects import effect_of

# Fifty attributes of 2,048 characters and as much metadata fit well; anything larger is a mistake.
_LARGEST_REQUEST = 262_144


class Invoke(Protocol):
    """How a flow's calls are made; `invoke` bound to a transport is the one there is."""

    async def __call__(self, operation: Operation[InputT, OutputT], request: InputT, deadline: Deadline) -> OutputT: ...


class Invoker:
    """Makes calls through one transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def __call__(self, operation: Operation[InputT, OutputT], request: InputT, deadline: Deadline) -> OutputT:
        """Make one call before the deadline.

        Raises:
            ConfigurationError: when the request is too large to be meant.
            TransportError, ServiceError, CredentialsError: as the transport says.
            InvalidReply: when the reply does not have the operation's shape.
        """
        message = _message(operation, request)
        reply = await self._transport.send(message, deadline)
        try:
            return operation.output.model_validate(decode(message, reply))
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]["loc"]
            raise InvalidReply(
                f"the reply does not have the shape of this operation (at {'.'.join(map(str, wrong))})",
                operation=operation.name,
                status_code=reply.status_code,
                request_id=reply.headers.get("x-amzn-requestid"),
            ) from None


def _message(operation: Operation[InputT, OutputT], request: InputT) -> RpcRequest:
    wire = request.to_wire()
    try:
        message = RpcRequest(
            operation=operation.name,
            body=json.dumps(wire, ensure_ascii=False, separators=(",", ":")).encode(),
            effect=Effect.REPEATABLE if operation.repeatable else effect_of(operation.name, wire),
            authorization=operation.authorization,
            secrets=tuple(request.secrets()),
        )
    except UnicodeEncodeError:
        raise ConfigurationError(
            f"{operation.name}: a text holds a character that UTF-8 cannot express (a lone surrogate)"
        ) from None
    finally:
        del wire  # no frame's locals show a request
    if len(message.body) > _LARGEST_REQUEST:
        raise ConfigurationError(f"{operation.name}: the request has more than {_LARGEST_REQUEST} bytes")
    return message
