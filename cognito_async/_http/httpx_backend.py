"""Requests through an httpx client: one that the program passes, or an internal one for proxies.

An error of httpx never leaves this file, not even as a `__context__`, because it holds the request, which may contain
a password.
"""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import anyio
import httpx

from .._core.concurrency.semaphore import PrioritySemaphore
from .._core.errors import CognitoError, ConfigurationError, InvalidReply
from .failures import check_encoding, not_connected, too_long, without_reply
from .http_client import HttpClient, HttpResponse
from .message import HttpReply, HttpRequest
from .pool import JUST_USED_SECONDS
from .proxies import Proxy

# Errors that mean that connecting failed. A transport may have read the body before, but has not sent it.
_UNSENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError")
# Errors that mean that the client cannot make any call.
_MISUSE = (RuntimeError, TypeError, AttributeError)


class HttpxBackend:
    """A backend that sends requests through the public interface of a client of httpx or httpx2.

    Args:
        client: sends every request. The caller owns it and must close it.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send as `HttpBackend.exchange` describes. Raise `ConfigurationError` also if the client cannot be used."""
        request.check()
        outcome: HttpReply | CognitoError
        body = _Body(request)
        try:
            async with self._client.stream(
                request.method,
                request.url.text,
                content=body,
                headers=_sized(request.headers),
                timeout=None,  # the caller's deadline is the only time limit
                follow_redirects=False,
            ) as response:
                outcome = await _read(response, request.max_reply_bytes)
        except Exception as error:  # noqa: BLE001 - a client may raise anything, even a CognitoError of another call
            outcome = _converted(error, request)
            _drop_frames(error)
        finally:
            body.forget()
        if isinstance(outcome, HttpReply):
            return outcome
        try:
            raise outcome
        finally:
            del outcome  # otherwise the error and this frame would form a reference cycle, which holds the request

    async def aclose(self) -> None:
        """Do nothing: the caller owns the client."""

    def drop(self) -> None:
        """Do nothing: httpx can only close while its event loop runs. The garbage collector closes its sockets."""


class ProxyBackend(HttpxBackend):
    """A backend that sends requests through a proxy, with an internal httpx client, because httpx supports proxies.

    Args:
        proxy: the proxy.
        context: the TLS context for the server and the proxy; `None` if neither has https.
        most: the largest number of open connections.

    Raises:
        ConfigurationError: if the package that a SOCKS proxy needs is missing.
    """

    def __init__(self, proxy: Proxy, context: ssl.SSLContext | None, most: int) -> None:
        # A pool serves many users. A cookie that was set for one user must not be sent with another user's call.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        # The semaphore limits the connections, because httpx would search all waiting requests for each one.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=most, keepalive_expiry=JUST_USED_SECONDS)
        self._places = PrioritySemaphore(most)
        verify = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # otherwise httpx would read certificates
        self._own = _client_of(proxy, verify=verify, limits=limits, cookies=no_cookies, trust_env=False)
        super().__init__(self._own)

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send when a connection is free."""
        await self._places.acquire()
        try:
            return await super().exchange(request)
        finally:
            self._places.release()

    async def aclose(self) -> None:
        """Close the client."""
        await self._own.aclose()


def _client_of(proxy: Proxy, *, verify: ssl.SSLContext, **options: Any) -> httpx.AsyncClient:
    try:
        # httpx lets every SOCKS proxy look up the host; its older releases do not know the name socks5h for that.
        url = re.sub("^socks5h:", "socks5:", proxy.url, flags=re.IGNORECASE)
        # Without this context, httpx would read certificates when it connects to a proxy with https.
        through = httpx.Proxy(url, ssl_context=verify if proxy.scheme == "https" else None)
        return httpx.AsyncClient(proxy=through, verify=verify, **options)
    except ImportError:
        pass
    raise ConfigurationError(
        f"{proxy.origin} names a SOCKS proxy, which needs the package socksio: pip install 'httpx[socks]'"
    )


async def _read(response: HttpResponse, limit: int) -> HttpReply | InvalidReply:
    """Return the reply, or the error for an unusable reply.

    The error is not raised, because the caller could not tell it from an error that the client raises.
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        check_encoding(response.status_code, headers)  # before httpx decompresses anything
    except InvalidReply as error:
        return error.with_traceback(None)
    received = _Received()
    with anyio.CancelScope() as enough:
        async for chunk in response.aiter_bytes():
            received.append(chunk)
            del chunk  # it may contain tokens, and a traceback shows local variables
            if received.length > limit:
                enough.cancel()  # a `break` would leave httpx's generators to the garbage collector
    if enough.cancel_called:
        return too_long(limit, response.status_code)
    return HttpReply(response.status_code, headers, received.joined())


def _sized(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers with a `content-length`. Without one, httpx would send the body in chunks."""
    return headers if "content-length" in headers else {**headers, "content-length": "0"}


class _Body:
    """A request's body. httpx reads it only after it has connected.

    Therefore, if the body has not been read, the service has received nothing that it could act on.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request: HttpRequest | None = request
        self._given = False

    def forget(self) -> None:
        """Let go of the request, because objects of httpx form reference cycles, which hold this body."""
        self._request = None

    def __aiter__(self) -> _Body:
        self._given = False
        return self

    async def __anext__(self) -> bytes:
        if self._given or self._request is None:
            raise StopAsyncIteration
        self._given = self._request.sent = True
        return self._request.body


class _Received:
    """The bytes received so far, in an object whose `repr` does not show them."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self.length = 0

    def append(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self.length += len(chunk)

    def joined(self) -> bytes:
        return b"".join(self._chunks)


def _converted(error: Exception, request: HttpRequest) -> CognitoError:
    kind = type(error).__name__
    if request.sent and not (isinstance(error, _unsent_errors()) and _is_of_connecting(error)):
        return without_reply(request, kind)
    if isinstance(error, _MISUSE):
        return ConfigurationError(
            "http_client= cannot be used: it is closed, is not an async client, or belongs to another event loop"
        )
    return not_connected(kind)


def _drop_frames(error: BaseException | None) -> None:
    """Drop the frames of an error and of its causes, which refer to these errors and to the request."""
    # Not those of a `__context__`, which may be an error that the caller of this library is handling.
    while error is not None and error.__traceback__ is not None:
        error.__traceback__ = None
        error = error.__cause__


def _unsent_errors() -> tuple[type[Exception], ...]:
    # httpx2 can raise errors only if the program has imported it.
    libraries = [httpx, *([sys.modules["httpx2"]] if "httpx2" in sys.modules else [])]
    return tuple(getattr(library, name) for library in libraries for name in _UNSENT)


def _is_of_connecting(error: Exception) -> bool:
    # httpx-aiohttp raises ConnectTimeout also if the server closes the connection after the call was sent.
    return type(error.__cause__).__module__.partition(".")[0] != "aiohttp"
