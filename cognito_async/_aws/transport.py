"""The lowest layer of a call: one attempt, as an HTTP request."""

from __future__ import annotations

from .._core.clock import Deadline
from .._core.errors import CognitoError
from .._core.secret import opened
from .._http.connections import HttpConnections
from .._http.message import HttpRequest
from .._http.origin import Url
from .replies import is_genuine
from .rpc import Effect, RpcReply, RpcRequest
from .service_time import ServiceTime
from .settings.endpoint import is_of_aws
from .settings.service_location import ServiceLocation


class RpcTransport:
    """The layer that sends a request once and returns its reply, whatever its status.

    Args:
        connections: send the request.
        location: where the service is.
        service_time: updated from the `Date` of every reply that the service has made.
    """

    def __init__(self, connections: HttpConnections, location: ServiceLocation, service_time: ServiceTime) -> None:
        self._connections = connections
        self._location = location
        self._service_time = service_time

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        """Send the request once and return its reply.

        Raises:
            ConfigurationError, TransportError: if `ServiceLocation.get` or `HttpConnections.send` raises them. The
                operation's name is added.
        """
        try:
            where = self._location.get_nowait() or await self._location.get(deadline)
            sent = _converted(request, where.url)
            reply = await self._connections.send(sent, deadline)
        except CognitoError as error:
            error.operation = request.operation
            raise
        is_from_aws = is_of_aws(where.url.origin.host)
        answer = RpcReply(reply.status_code, reply.headers, reply.body, is_from_aws=is_from_aws, resent=sent.resent)
        if is_genuine(answer):
            self._service_time.observe(reply.headers.get("date"))
        return answer


def _converted(request: RpcRequest, url: Url) -> HttpRequest:
    headers = request.wire_headers()
    headers["accept-encoding"] = "identity"
    return HttpRequest("POST", url, opened(headers), request.body, request.effect is Effect.REPEATABLE)
