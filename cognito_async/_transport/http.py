"""One HTTP exchange, and the only file that knows httpx.

What httpx raises never leaves this file, not even as a `__context__`: it keeps the request, and with it
the password. So errors are made inside the `except` and raised after it.
"""

from __future__ import annotations

import functools
import importlib
import ssl
import sys
import threading
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy

import anyio
import anyio.to_thread
import httpx

from .._ground.clock import Deadline
from .._ground.errors import (
    CallTimeout,
    CognitoError,
    ConfigurationError,
    ConnectFailed,
    InvalidReply,
    OutcomeUnknown,
    TransportError,
)
from .._ground.per_loop import PerLoop
from .base import Effect, HttpClient, HttpResponse, RpcReply, RpcRequest
from .service_time import ServiceTime

MAX_REPLY_BYTES = 8 * 1024 * 1024
# These mean that no connection stood, even where a transport had read the body before it tried.
_UNSENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError")
# What a client raises that cannot make a call at all.
_MISUSE = (RuntimeError, TypeError, AttributeError)
# A server closes a connection that idles, and may do so at the very moment at which a call is sent on it:
# the reply is lost and nobody can say whether the call took effect. A connection that was used a moment
# ago is the only kept one on which that does not happen, so no other is kept.
_KEEPALIVE_SECONDS = 2.0
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=_KEEPALIVE_SECONDS)


class HttpTransport:
    """Sends a request as it is, once, and returns whatever HTTP reply comes, whatever its status.

    Args:
        endpoint: checked URL of the service.
        http_client: used for every call and never closed here; without one, each event loop gets its own.
        service_time: is told the `Date` of every reply.
    """

    def __init__(self, endpoint: str, *, http_client: HttpClient | None, service_time: ServiceTime) -> None:
        self._endpoint = endpoint
        self._injected = http_client
        self._service_time = service_time
        self._own: PerLoop[_OwnClient] = PerLoop(functools.partial(_OwnClient, tls=endpoint.startswith("https:")))

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        """Send once.

        Raises:
            ConfigurationError: when the environment makes no client, or the injected one cannot be used.
            ConnectFailed, CallTimeout, InvalidReply: as they say.
            OutcomeUnknown: when the reply to an ONCE call was lost.
            TransportError: itself, when the reply to a REPEATABLE call was lost.
        """
        body = _Body(request)
        outcome: RpcReply | CognitoError
        with deadline.scope() as scope:
            try:
                outcome = await self._exchange(request, body)
            except ConfigurationError as error:
                outcome = error
            except Exception as error:  # noqa: BLE001 - an injected client may raise anything, with a password in it
                sent = body.begun and not isinstance(error, _unsent_errors())
                if not sent and self._injected is not None and isinstance(error, _MISUSE):
                    outcome = ConfigurationError(
                        "http_client= cannot be used: it is closed, not an async client, or of another event loop",
                        operation=request.operation,
                    )
                else:
                    outcome = _explain(error, request, sent=sent)
        if scope.cancelled_caught:
            outcome = _timed_out(request, sent=body.begun)
        if isinstance(outcome, RpcReply):
            return outcome
        raise outcome

    async def aclose(self) -> None:
        """Close the running loop's own connections; the next call makes new ones."""
        own = self._own.pop()
        if own is not None:
            await own.aclose()

    async def _exchange(self, request: RpcRequest, body: _Body) -> RpcReply | CognitoError:
        client = self._injected if self._injected is not None else await self._own.get().open()
        async with client.stream(
            "POST",
            self._endpoint,
            content=body,
            headers={
                **request.wire_headers(),
                "accept-encoding": "identity",
                "content-length": str(len(request.body)),
            },
            timeout=None,  # the deadline alone decides
            follow_redirects=False,
        ) as response:
            self._service_time.observe(response.headers.get("date"))
            return await _read(request, response)


async def _read(request: RpcRequest, response: HttpResponse) -> RpcReply | CognitoError:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        # Decompressing would let a few bytes become gigabytes, and the service never compresses unasked.
        return _invalid(request, response, "compressed, though that was not asked for")
    received = _Received()
    with anyio.CancelScope() as too_long:
        async for chunk in response.aiter_bytes():
            received.append(chunk)
            del chunk  # no frame's locals show a reply: it has tokens in it
            if received.length > MAX_REPLY_BYTES:
                too_long.cancel()  # and no `break`, which would leave httpx's generators to the garbage collector
    if too_long.cancel_called:
        return _invalid(request, response, "longer than 8 MiB")
    return RpcReply(response.status_code, headers, received.joined())


class _Body:
    """A request's body as httpx asks for it, which it does only once there is a connection.

    So a failure before that means that nothing was sent that the service could have acted on.
    """

    def __init__(self, request: RpcRequest) -> None:
        self._request = request
        self._given = False
        self.begun = False

    def __aiter__(self) -> _Body:
        self._given = False
        return self

    async def __anext__(self) -> bytes:
        if self._given:
            raise StopAsyncIteration
        self._given = self.begun = True
        return self._request.body


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


class _OwnClient:
    """One event loop's client, made at the loop's first call."""

    def __init__(self, *, tls: bool) -> None:
        self._tls = tls
        self._opening = anyio.Lock()
        self._client: httpx.AsyncClient | None = None

    async def open(self) -> httpx.AsyncClient:
        if self._client is not None:
            return self._client
        async with self._opening:
            if self._client is None:
                self._client = await self._make()
            return self._client

    async def aclose(self) -> None:
        async with self._opening:  # one that is just being made is closed too
            if self._client is not None:
                await self._client.aclose()

    async def _make(self) -> httpx.AsyncClient:
        # In a thread, because httpx reads the certificates (45 ms and more) and the proxy settings.
        with suppress(Exception):
            return await anyio.to_thread.run_sync(_make_client, self._tls, abandon_on_cancel=True)
        raise ConfigurationError(
            "no HTTP client could be made: check the environment variables SSL_CERT_FILE, SSL_CERT_DIR, "
            "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"
        )


def _make_client(tls: bool) -> httpx.AsyncClient:
    if tls:
        with _ca_lock:
            context = _ca_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and costs no file
    # A pool serves many users, so a cookie set for one must not travel with another's call.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(verify=context, limits=_LIMITS, cookies=no_cookies)


_ca_lock = threading.Lock()


@functools.cache
def _ca_context() -> ssl.SSLContext:
    """Once per process, whatever the number of pools and loops; the lock is what makes it once."""
    return httpx.create_ssl_context()


def _import_backends() -> None:
    """Import now what the first call would import while the loop waits (50 ms and more)."""
    for name in ("httpcore", "anyio._backends._asyncio", "anyio._backends._trio", "encodings.idna"):
        with suppress(ImportError):  # trio need not be there, and the names are not promised to us
            importlib.import_module(name)


_import_backends()


def _unsent_errors() -> tuple[type[Exception], ...]:
    # httpx2 is known only if somebody else imported it, and so can be the one who raises.
    libraries = [httpx, *([sys.modules["httpx2"]] if "httpx2" in sys.modules else [])]
    return tuple(getattr(library, name) for library in libraries for name in _UNSENT)


def _explain(error: Exception, request: RpcRequest, *, sent: bool) -> CognitoError:
    kind = type(error).__name__
    if not sent:
        return ConnectFailed(
            f"no connection to the service ({kind}); nothing was sent. Check endpoint, network, proxy and certificates",
            operation=request.operation,
        )
    return _lost(request, f"the call was sent and its reply was lost ({kind})")


def _lost(request: RpcRequest, what: str) -> TransportError:
    if request.effect is Effect.ONCE:
        what += "; it may have taken effect, so look before you repeat it"
        return OutcomeUnknown(what, operation=request.operation)
    return TransportError(f"{what}; it is safe to repeat", operation=request.operation)


def _timed_out(request: RpcRequest, *, sent: bool) -> TransportError:
    if sent and request.effect is Effect.ONCE:
        return _lost(request, "the call was sent and its time limit passed before a reply came")
    return CallTimeout("no answer within the call's time limit (timeout=, seconds)", operation=request.operation)


def _invalid(request: RpcRequest, response: HttpResponse, how: str) -> InvalidReply:
    return InvalidReply(
        f"the reply is {how}; check that the endpoint is the service and no proxy answers for it",
        status_code=response.status_code,
        operation=request.operation,
    )
