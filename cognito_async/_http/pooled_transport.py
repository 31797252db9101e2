"""The connection pool as a transport of httpx, for programs with their own client."""

from __future__ import annotations

import ssl

import anyio
import httpx

from .._core.clock import Clock
from .._core.errors import ConfigurationError, ConnectFailed, TransportError
from .._core.redact import mask
from .certificates import tls_context
from .message import FRAMING_HEADERS, HttpRequest
from .options import MOST_CONNECTIONS, check_max_connections
from .origin import Url, check_base_url
from .pool import open_pool


class PooledTransport(httpx.AsyncBaseTransport):
    """An httpx transport with this package's connections, for your own httpx client, its hooks and instrumentation.

    Example: `UserPool(…, http_client=httpx.AsyncClient(transport=PooledTransport(endpoint)))`. The transport belongs to
    the event loop on which it is first used. It sends each request once; the `UserPool` retries calls as usual.

    Args:
        url: URL of the service. The transport sends only `POST` requests to this URL.
        context: the TLS context for https; by default, one with the trusted certificates of the environment, which
            are read from files.
        max_connections: the largest number of open connections; 100 by default. More requests wait in order.

    Raises:
        ConfigurationError: if an argument is invalid, or the certificates cannot be read.
    """

    def __init__(
        self, url: str, *, context: ssl.SSLContext | None = None, max_connections: int = MOST_CONNECTIONS
    ) -> None:
        url = mask(url)
        self._url = Url.parse(check_base_url(url, "endpoint"))
        self._httpx_url = httpx.URL(self._url.text)
        origin, most = self._url.origin, check_max_connections(max_connections)
        self._pool = open_pool(origin, context or tls_context(origin.scheme), Clock(), most)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. httpx's read timeout limits the whole exchange, connecting included.

        Raises:
            httpx.TransportError: if the exchange fails; the subclass says how.
        """
        if request.method != "POST" or request.url != self._httpx_url:
            raise httpx.UnsupportedProtocol(
                "this transport only sends POST requests to the URL it was made with", request=request
            )
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
                # A stream, because httpx would decompress `content=` before its caller sees the headers.
                return httpx.Response(reply.status_code, headers=received, stream=httpx.ByteStream(reply.body))
            try:
                raise error
            finally:
                del error  # otherwise it and this frame would form a reference cycle, which holds the request
        if sent.sent:
            raise httpx.ReadTimeout("no reply in time", request=request)
        raise httpx.PoolTimeout("no connection in time", request=request)

    async def aclose(self) -> None:
        """Close the connections. The client that owns this transport calls it."""
        await self._pool.aclose()
