"""A local service as a transport of httpx: in process, without a socket."""

from __future__ import annotations

import httpx

from .service import LocalService
from .wire.replies import LocalResponse
from .wire.requests import LocalRequest


class LocalTransport(httpx.AsyncBaseTransport):
    """An httpx transport that calls a local service, whatever the host of the URL.

    Pass it to a client: `httpx.AsyncClient(transport=LocalTransport(service))`.
    """

    def __init__(self, service: LocalService) -> None:
        self._service = service

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.aread()
        reply = await self._service.handle(LocalRequest(request.method, request.url.path, headers, body))
        check_received(reply, request)
        content = b"" if request.method == "HEAD" else reply.body
        return httpx.Response(reply.status_code, headers=dict(reply.headers), content=content)


def check_received(reply: LocalResponse, request: httpx.Request | None = None) -> None:
    """Raise the error of httpx for a reply that is lost."""
    if reply.lost == "timeout":
        raise httpx.ReadTimeout("the local pool was told not to reply", request=request)
    if reply.lost == "connection":
        raise httpx.RemoteProtocolError("the local pool was told to lose the reply", request=request)
