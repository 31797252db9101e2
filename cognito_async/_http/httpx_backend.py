"""Requests through a client of httpx: one that a program passes, or an internal one for proxies.

An error of httpx never leaves this file, not even as a `__context__`, because it holds the request with the password.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy

import anyio
import httpx

from .._core.errors import CognitoError, ConfigurationError, InvalidReply
from .failures import check_encoding, not_connected, too_long, without_reply
from .http_client import HttpClient, HttpResponse
from .message import HttpReply, HttpRequest
from .pool import JUST_USED_SECONDS, MOST_CONNECTIONS

# These mean that connecting failed, even if a transport had read the body before it tried.
_UNSENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError")
# These mean that the client cannot make any call.
_MISUSE = (RuntimeError, TypeError, AttributeError)


class HttpxBackend:
    """Sends requests by a client of httpx or httpx2, through its public interface only.

    Args:
        client: sends every request. The caller owns it and must close it.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def exchange(self, request: HttpRequest) -> HttpReply:
        """Send as `HttpBackend` describes. Raise `ConfigurationError` also if the client cannot be used."""
        request.check()
        outcome: HttpReply | CognitoError
        try:
            async with self._client.stream(
                request.method,
                request.url.text,
                content=_Body(request),
                headers=_sized(request.headers),
                timeout=None,  # the deadline alone decides
                follow_redirects=False,
            ) as response:
                outcome = await _read(response, request.max_reply_bytes)
        except Exception as error:  # noqa: BLE001 - a client may raise anything, even a CognitoError of another call
            outcome = _converted(error, request)
        if isinstance(outcome, HttpReply):
            return outcome
        raise outcome

    async def aclose(self) -> None:
        """Do nothing: the caller owns the client."""


class ProxyBackend(HttpxBackend):
    """Sends requests by an internal client, because httpx supports proxies."""

    def __init__(self, context: ssl.SSLContext) -> None:
        # A pool serves many users. A cookie that was set for one must not be sent with a call of another.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=MOST_CONNECTIONS, keepalive_expiry=JUST_USED_SECONDS
        )
        self._own = httpx.AsyncClient(verify=context, limits=limits, cookies=no_cookies)
        super().__init__(self._own)

    async def aclose(self) -> None:
        """Close the client."""
        await self._own.aclose()


async def _read(response: HttpResponse, limit: int) -> HttpReply | InvalidReply:
    """Return the reply, or the error for an unusable one. Not raised, because a client may raise such an error too."""
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
    """Return headers with a length, because httpx would send a body of unknown length in chunks."""
    return headers if "content-length" in headers else {**headers, "content-length": "0"}


class _Body:
    """A request's body. httpx reads it only after it has connected.

    Therefore, if the body has not been read, the service has received nothing that it could act on.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._given = False

    def __aiter__(self) -> _Body:
        self._given = False
        return self

    async def __anext__(self) -> bytes:
        if self._given:
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
            "http_client= cannot be used: it is closed, not an async client, or of another event loop"
        )
    return not_connected(kind)


def _unsent_errors() -> tuple[type[Exception], ...]:
    # Errors of httpx2 can occur only if it is imported already.
    libraries = [httpx, *([sys.modules["httpx2"]] if "httpx2" in sys.modules else [])]
    return tuple(getattr(library, name) for library in libraries for name in _UNSENT)


def _is_of_connecting(error: Exception) -> bool:
    # httpx-aiohttp raises ConnectTimeout also if the server closes the connection after the call was sent.
    return type(error.__cause__).__module__.partition(".")[0] != "aiohttp"
