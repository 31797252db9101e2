"""The connection pool as a transport of httpx, for programs with their own client."""

from __future__ import annotations

import ssl

import anyio
import httpx

from .._core.clock import Clock
from .._core.errors import ConfigurationError, ConnectFailed, TransportError
from .certificates import tls_context
from .message import FRAMING_HEADERS, HttpRequest
from .origin import Url, check_base_url
from .pool import open_pool


class PooledTransport(httpx.AsyncBaseTransport):
    """Use this to have our connections under a client of your own, with its hooks and whatever watches it.

    `UserPool(…, http_client=httpx.AsyncClient(transport=PooledTransport(endpoint)))`. It belongs to the event loop
    that it was first used on, sends only `POST`s to this one URL, and never repeats one: the calls are still
    repeated where they may be.

    Args:
        url: of the service.
        context: whom to trust, for https; as the environment says if not given, which reads files.

    Raises:
        ConfigurationError: when the URL cannot be right.
    """

    def __init__(self, url: str, *, context: ssl.SSLContext | None = None) -> None:
        self._url = Url.parse(check_base_url(url, "endpoint"))
        self._httpx_url = httpx.URL(self._url.text)
        origin = self._url.origin
        self._pool = open_pool(origin, context or tls_context(origin.scheme), Clock())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. The limit for reading is the limit for everything.

        Raises:
            httpx.TransportError: the error of httpx for this failure.
        """
        if request.method != "POST" or request.url != self._httpx_url:
            raise httpx.UnsupportedProtocol("this transport is for calls to one endpoint", request=request)
        headers = {name: value for name, value in request.headers.items() if name not in FRAMING_HEADERS}
        sent = HttpRequest("POST", self._url, headers, await request.aread())
        error: httpx.TransportError
        with anyio.move_on_after(request.extensions.get("timeout", {}).get("read")):
            try:
                reply = await self._pool.exchange(sent)
            except ConfigurationError as failure:
                error = httpx.LocalProtocolError(failure.message, request=request)
            except ConnectFailed as failure:
                error = httpx.ConnectError(failure.message, request=request)
            except TransportError as failure:
                error = httpx.RemoteProtocolError(failure.message, request=request)
            else:
                received = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
                # As a stream, because httpx would decompress a body before its caller sees the headers.
                return httpx.Response(reply.status_code, headers=received, stream=httpx.ByteStream(reply.body))
            raise error
        if sent.sent:
            raise httpx.ReadTimeout("no reply in time", request=request)
        raise httpx.PoolTimeout("no connection in time", request=request)

    async def aclose(self) -> None:
        """Close the connections; the client that has this transport does it."""
        await self._pool.aclose()
