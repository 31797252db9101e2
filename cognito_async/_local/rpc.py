"""Calls of operations by AWS's JSON protocol: one POST, with the operation in the header `X-Amz-Target`."""

from __future__ import annotations

from .operations import SERVICES, JsonService
from .state.service_state import ServiceState
from .wire.refusals import Refusal
from .wire.replies import Reply
from .wire.requests import LocalRequest, parse_body
from .wire.sigv4 import AcceptedScope, check_signature
from .wire.validation import check


async def call_operation(state: ServiceState, request: LocalRequest) -> Reply:
    """Check a call, and return the reply of its handler."""
    service, name = _target(request.headers.get("x-amz-target", ""))
    operation = service.operations.get(name) if service is not None else None
    if service is None or operation is None:
        raise Refusal("UnknownOperationException", f"The local pool does not have the operation {name[:80]!r}.")
    region = ""
    if operation.signed:
        accepted = AcceptedScope(service.signing_name, None if operation.in_any_region else frozenset(state.regions))
        region = check_signature(request, state.secret_keys, accepted, state.now())
    members = check(parse_body(request.body), operation.shape, service.invalid)
    return await operation.handler(state, members, region)


def _target(header: str) -> tuple[JsonService | None, str]:
    """Return the service and the operation's name; if the service is unknown, `None` and the whole header."""
    target, dot, name = header.partition(".")
    service = SERVICES.get(target) if dot else None
    return (None, header) if service is None else (service, name)
