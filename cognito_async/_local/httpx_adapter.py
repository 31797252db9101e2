"""A local service as a transport of httpx: in process, without a socket."""

from __future__ import annotations

import httpx

from .service import LocalService
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
        content = b"" if request.method == "HEAD" else reply.body
        return httpx.Response(reply.status_code, headers=dict(reply.headers), content=content)
