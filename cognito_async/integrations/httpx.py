"""Calls of an API with the tokens of a user: `BearerAuth`, for clients of httpx and httpx2. It needs no extra.

from cognito_async.integrations.httpx import BearerAuth

async with httpx.AsyncClient(base_url="https://api.example.com", auth=BearerAuth(user)) as client:
    orders = await client.get("/orders")
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncGenerator, Generator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import httpx

from .._core.concurrency.guard import guard
from .._core.errors import ConfigurationError
from .._core.secret import Secret
from .._facade.results import Tokens
from .._facade.user.user import CognitoUser
from .._tokens.bearer import access_token, id_token

if TYPE_CHECKING:
    import httpx2
else:
    try:
        import httpx2
    except ImportError:
        httpx2 = SimpleNamespace(Auth=object, ByteStream=httpx.ByteStream)

__all__ = ["BearerAuth"]

# The characters of RFC 6750. With others, such as a line break, httpx would show the header in the text of an error.
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_UNAUTHORIZED = 401
# The most tokens that are remembered.
_MOST_TOKENS = 10_000


class _IssuedTokens:
    """The tokens that were issued because an API had refused others, until an API accepts them.

    All auths of the process share them, because a program may make a new auth for each request. A refusal of one of
    these tokens causes no further refresh. Otherwise, an API that refuses every token would cause one for each request.
    """

    def __init__(self) -> None:
        # Maps hashes of tokens to whether they were refused too, the oldest first.
        self._refused: dict[str, bool] = {}

    def add(self, token: Secret[str], *, instead_of: Secret[str]) -> None:
        """Remember a new token. It counts as refused if another request has found out that a refresh does not help."""
        self._set(token, self._refused.get(_key(instead_of), False))

    def accept(self, token: Secret[str]) -> None:
        """Forget a token that was accepted, unless it was refused before: an API may refuse it on some paths only."""
        with guard:
            if self._refused.get(key := _key(token)) is False:
                del self._refused[key]

    def refuse(self, token: Secret[str]) -> None:
        """Remember that a refresh did not help against the refusal of this token."""
        self._set(token, True)

    def has(self, token: Secret[str]) -> bool:
        """Return whether a refusal of this token must cause no refresh."""
        return _key(token) in self._refused

    def _set(self, token: Secret[str], refused: bool) -> None:
        with guard:
            self._refused[_key(token)] = refused
            while len(self._refused) > _MOST_TOKENS:
                del self._refused[next(iter(self._refused))]


_issued = _IssuedTokens()


class BearerAuth(httpx.Auth, httpx2.Auth):
    """Pass one as `httpx.AsyncClient(auth=BearerAuth(user))` to send a user's token with every request to your API.

    It works with `httpx.AsyncClient` and `httpx2.AsyncClient`. Each request carries the header
    `Authorization: Bearer <token>`, with a token that `user.session()` has refreshed if it expires soon.

    If the API replies with 401, the tokens are refreshed once, and the request is sent again. Concurrent requests share
    the refresh. If the API refuses the new token too, you get the 401, and later refusals of this token cause no
    refresh. You also get the 401 if the user has no refresh token, or if the request has a body that can be read only
    once: a stream, or `files=`.

    When httpx follows a redirect to another origin, it removes the header. Do not set this object as the `auth` of a
    client that you pass to `UserPool` as `http_client`: the refresh itself would wait for a fresh token.

    Args:
        user: a user who is signed in when the first request is sent.
        token_use: the token to send. `"access"` by default. `"id"` is for APIs that want the ID token, such as a REST
            API of API Gateway whose Cognito authorizer has no scopes.

    Raises:
        ConfigurationError: if an argument is invalid. A request raises it if the user has no ID token, if the token
            cannot be part of a header, or if the client is not async.
        NotSignedIn, SessionExpired, TransportError, ServiceError, StoreError: by a request, as `user.session()` and
            `user.refresh()` raise them.

    Source: RFC 6750, section 2.1.
    """

    def __init__(
        self,
        user: CognitoUser,
        *,
        token_use: Literal["access", "id"] = "access",  # noqa: S107 - the name of a kind of token
    ) -> None:
        if not isinstance(user, CognitoUser):
            raise ConfigurationError("BearerAuth needs a CognitoUser, such as the `user` of a sign-in's result")
        if token_use not in ("access", "id"):
            raise ConfigurationError('token_use must be "access" or "id"')
        self._user = user
        self._sends_id_token = token_use == "id"  # noqa: S105 - as above

    def __repr__(self) -> str:
        return f"BearerAuth({self._user!r}, token_use={'id' if self._sends_id_token else 'access'!r})"

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Send a request with the token, and once more with a new token after a 401. The client calls this."""
        token = self._token_of(await self._user.session())
        _authorize(request, token)
        response = yield request
        if not _is_refused(response, token) or not self._can_renew(token):
            return
        again = response.request  # differs from `request` after a redirect
        is_repeatable = isinstance(again.stream, (httpx.ByteStream, httpx2.ByteStream))
        if is_repeatable:
            await response.aread()  # so that the refresh can use its connection, if both use the same client
        newer = await self._newer_than(token)
        if not is_repeatable:
            return
        _authorize(again, newer)
        response = yield again
        if _is_refused(response, newer):
            _issued.refuse(token)  # too, because a copy of the session may still have it
            _issued.refuse(newer)

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Raise `ConfigurationError`, because a sync client cannot wait for a refresh."""
        return self.auth_flow(request)

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Raise `ConfigurationError`, as `sync_auth_flow` does."""
        raise ConfigurationError("BearerAuth needs an AsyncClient: in sync code, set the Authorization header yourself")

    def _can_renew(self, token: Secret[str]) -> bool:
        """Return whether the user has a newer token, or may get one. Remember the refusal of a token that is new."""
        tokens = self._user.tokens
        if self._token_of(tokens) != token:
            return True
        if _issued.has(token):
            _issued.refuse(token)
            return False
        return tokens.refresh_token is not None

    async def _newer_than(self, token: Secret[str]) -> Secret[str]:
        current = self._token_of(self._user.tokens)
        if current != token:  # another request has refreshed the tokens
            return current
        newer = self._token_of(await self._user.refresh())
        _issued.add(newer, instead_of=token)
        return newer

    def _token_of(self, tokens: Tokens) -> Secret[str]:
        token = id_token(tokens) if self._sends_id_token else access_token(tokens)
        if token is None:
            raise ConfigurationError('this user has no ID token: pass token_use="access", or sign the user in')
        return token


def _is_refused(response: Any, token: Secret[str]) -> bool:
    """Return whether the API has refused this token. Remember a token that it has accepted."""
    # After a redirect to another origin, the request of this response had no token.
    if response.request.headers.get("Authorization") != _header(token).reveal():
        return False
    if response.is_success:
        _issued.accept(token)
    return bool(response.status_code == _UNAUTHORIZED)


def _authorize(request: Any, token: Secret[str]) -> None:
    if not _BEARER.fullmatch(token.reveal()):
        raise ConfigurationError("this token cannot be sent in a header: it has characters that no bearer token has")
    request.headers["Authorization"] = _header(token).reveal()


def _header(token: Secret[str]) -> Secret[str]:
    return Secret(f"Bearer {token.reveal()}")


def _key(token: Secret[str]) -> str:
    return hashlib.sha256(token.reveal().encode()).hexdigest()


def __dir__() -> list[str]:
    return sorted(__all__)
