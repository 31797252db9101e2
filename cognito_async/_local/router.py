"""The table of paths that a local service serves, and the response to each request."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .rpc import call_operation
from .state.pools import Pool
from .state.service_state import ServiceState
from .tokens.documents import jwks, openid_configuration
from .wire.refusals import Refusal
from .wire.replies import LocalResponse, Reply, reply_response
from .wire.requests import LocalRequest

# The limit of a request's body. A request with the longest fields that the service's model allows is smaller.
MOST_BYTES = 1024 * 1024
_JSON = "application/json"
# An endpoint receives the parts of the path that the route's pattern captures.
Endpoint = Callable[[ServiceState, LocalRequest, tuple[str, ...]], Awaitable[LocalResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a pattern for the whole path, with the endpoint that serves them."""

    method: str
    path: str
    endpoint: Endpoint


async def route(state: ServiceState, request: LocalRequest) -> LocalResponse:
    """Return the response of the endpoint for this method and path."""
    if len(request.body) > MOST_BYTES:
        raise Refusal("RequestEntityTooLargeException", "Request size exceeded the limit.", 413)
    # The adapters leave out the body of the reply to HEAD.
    method = "GET" if request.method == "HEAD" else request.method
    for each in _ROUTES:
        found = re.fullmatch(each.path, request.path) if each.method == method else None
        if found is not None:
            return await each.endpoint(state, request, found.groups())
    missing = "There is no such document." if method == "GET" else "Only POST / takes calls."
    raise Refusal("UnknownOperationException", missing, 404)


async def _call(state: ServiceState, request: LocalRequest, _: tuple[str, ...]) -> LocalResponse:
    reply = await call_operation(state, request)
    return reply_response(state.now(), reply)


async def _health(state: ServiceState, request: LocalRequest, _: tuple[str, ...]) -> LocalResponse:
    return reply_response(state.now(), {"status": "ok"}, content_type=_JSON)


def _document(make: Callable[[Pool], Awaitable[Reply]]) -> Endpoint:
    """Return an endpoint for a document of the pool whose id is in the path."""

    async def endpoint(state: ServiceState, request: LocalRequest, captured: tuple[str, ...]) -> LocalResponse:
        pool = state.pools.get(captured[0])
        if pool is None:
            raise Refusal("ResourceNotFoundException", f"User pool {captured[0]} does not exist.", 404)
        document = await make(pool)
        return reply_response(state.now(), document, content_type=_JSON)

    return endpoint


_ROUTES = (
    Route("POST", "/", _call),
    Route("GET", "/health", _health),
    Route("GET", r"/([\w-]+)/\.well-known/jwks\.json", _document(jwks)),
    Route("GET", r"/([\w-]+)/\.well-known/openid-configuration", _document(openid_configuration)),
)
