"""All that calls know of httpx: clients that are given to us, clients for proxies, and our pool as a transport of it.

What httpx raises never leaves this file, not even as a `__context__`: it keeps the request, and with it the password.
"""

from __future__ import annotations

import functools
import ssl
import sys
import threading
from http.cookiejar import CookieJar, DefaultCookiePolicy

import anyio
import httpx

from .._aws.endpoint import check_endpoint
from .._aws.rpc import HttpClient, HttpResponse, RpcReply
from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.secret import opened
from .message import MAX_REPLY_BYTES, BadHeader, Lost, Outgoing, Unsent, Unusable, check_encoding, too_long
from .pool import JUST_USED_SECONDS, MOST_CONNECTIONS, open_pool
from .stream import Origin

# These mean that no connection stood, even where a transport had read the body before it tried.
_UNSENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError")
# What says where a request's body ends, and to whom it goes: that is ours to say.
_FRAMING = ("content-length", "host", "transfer-encoding")
# What a client raises that cannot make a call at all.
_MISUSE = (RuntimeError, TypeError, AttributeError)


class ClientWay:
    """Every call through a client of httpx or httpx2, by what it promises to everybody.

    Args:
        client: used for every call and never closed here.
        endpoint: checked URL of the service.
    """

    def __init__(self, client: HttpClient, endpoint: str) -> None:
        self._client = client
        self._endpoint = endpoint

    async def exchange(self, outgoing: Outgoing) -> RpcReply:
        """As `Way` says; also raises `ConfigurationError` when the client cannot be used."""
        outcome: RpcReply | Exception
        try:
            async with self._client.stream(
                "POST",
                self._endpoint,
                content=_Body(outgoing),
                headers=opened(dict(outgoing.headers)),
                timeout=None,  # the deadline alone decides
                follow_redirects=False,
            ) as response:
                outcome = await _read(response)
        except Exception as error:  # noqa: BLE001 - a client may raise anything, with a password in it
            outcome = _explain(error, outgoing)
        if isinstance(outcome, RpcReply):
            return outcome
        raise outcome

    async def aclose(self) -> None:
        """Nothing: it is somebody else's."""


class OwnClientWay(ClientWay):
    """The same with a client of our own: httpx knows how to use a proxy."""

    def __init__(self, endpoint: str, context: ssl.SSLContext) -> None:
        # A pool serves many users, so a cookie set for one must not travel with another's call.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=MOST_CONNECTIONS, keepalive_expiry=JUST_USED_SECONDS
        )
        self._own = httpx.AsyncClient(verify=context, limits=limits, cookies=no_cookies)
        super().__init__(self._own, endpoint)

    async def aclose(self) -> None:
        await self._own.aclose()


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
        self._url = httpx.URL(check_endpoint(url))
        self._origin = Origin.of(str(self._url))
        self._pool = open_pool(self._origin, context or tls_context(self._origin.scheme), Clock())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the error is httpx's for what happened. The limit for reading is one for everything."""
        if request.method != "POST" or request.url != self._url:
            raise httpx.UnsupportedProtocol("this transport is for calls to one endpoint", request=request)
        body = await request.aread()
        headers = {name: value for name, value in request.headers.items() if name not in _FRAMING}
        headers["content-length"] = str(len(body))
        error: Exception
        try:
            outgoing = Outgoing(headers, body, repeatable=False)
        except BadHeader as bad:
            raise httpx.LocalProtocolError(f"no such header: {str(bad)!r}", request=request) from None
        with anyio.move_on_after(request.extensions.get("timeout", {}).get("read")):
            try:
                reply = await self._pool.exchange(outgoing)
                received = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
                # As a stream, so that httpx does not unpack it before somebody has looked at its headers.
                return httpx.Response(reply.status_code, headers=received, stream=httpx.ByteStream(reply.body))
            except Unsent as unsent:
                error = httpx.ConnectError(str(unsent), request=request)
            except (Lost, Unusable) as lost:
                error = httpx.RemoteProtocolError(str(lost), request=request)
            raise error
        if outgoing.sent:
            raise httpx.ReadTimeout("no reply in time", request=request)
        raise httpx.PoolTimeout("no connection in time", request=request)

    async def aclose(self) -> None:
        """Close the connections; the client that has this transport does it."""
        await self._pool.aclose()


_ca_lock = threading.Lock()


def tls_context(scheme: str) -> ssl.SSLContext:
    """What to trust: once per process for https, whatever the number of pools and loops. Reads files."""
    if scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and costs no file
    with _ca_lock:  # the lock is what makes it once
        return _ca_context()


@functools.cache
def _ca_context() -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    # Python hides by default whether the server closed, or somebody cut the connection.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context


async def _read(response: HttpResponse) -> RpcReply | Exception:
    headers = {name.lower(): value for name, value in response.headers.items()}
    check_encoding(response.status_code, headers)  # before httpx unpacks anything
    received = _Received()
    with anyio.CancelScope() as enough:
        async for chunk in response.aiter_bytes():
            received.append(chunk)
            del chunk  # no frame's locals show a reply: it has tokens in it
            if received.length > MAX_REPLY_BYTES:
                enough.cancel()  # and no `break`, which would leave httpx's generators to the garbage collector
    if enough.cancel_called:
        return too_long(response.status_code)
    return RpcReply(response.status_code, headers, received.joined())


class _Body:
    """A request's body as httpx asks for it, which it does only once there is a connection.

    So a failure before that means that nothing was sent that the service could have acted on.
    """

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._given = False

    def __aiter__(self) -> _Body:
        self._given = False
        return self

    async def __anext__(self) -> bytes:
        if self._given:
            raise StopAsyncIteration
        self._given = self._outgoing.sent = True
        return self._outgoing.body


class _Received:
    """The bytes of a reply so far, in an object that does not show them."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self.length = 0

    def append(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self.length += len(chunk)

    def joined(self) -> bytes:
        return b"".join(self._chunks)


def _explain(error: Exception, outgoing: Outgoing) -> Exception:
    if isinstance(error, Unusable):
        return error
    kind = type(error).__name__
    if outgoing.sent and not (isinstance(error, _unsent_errors()) and _is_of_connecting(error)):
        return Lost(kind, answered=True)
    if isinstance(error, _MISUSE):
        return ConfigurationError(
            "http_client= cannot be used: it is closed, not an async client, or of another event loop"
        )
    return Unsent(kind)


def _unsent_errors() -> tuple[type[Exception], ...]:
    # httpx2 is known only if somebody else imported it, and so can be the one who raises.
    libraries = [httpx, *([sys.modules["httpx2"]] if "httpx2" in sys.modules else [])]
    return tuple(getattr(library, name) for library in libraries for name in _UNSENT)


def _is_of_connecting(error: Exception) -> bool:
    # httpx-aiohttp says ConnectTimeout also when the server closed the connection after the call was sent.
    return type(error.__cause__).__module__.partition(".")[0] != "aiohttp"
