"""Routes of Starlette that only a valid token opens: `CognitoBearer` (extra `starlette`).

    from cognito_async.integrations.starlette import CognitoBearer

    bearer = CognitoBearer(pool)


    async def me(request: Request) -> JSONResponse:
        claims = await bearer(request)
        return JSONResponse({"sub": claims.sub})

For FastAPI, use `cognito_async.integrations.fastapi`.
"""

from __future__ import annotations

import copy
from typing import Any, Generic, Literal, NamedTuple, Self, TypedDict, TypeVar, Unpack, cast, overload

from starlette import __version__
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketState

from .._core.checks import NOT_GIVEN, NotGiven
from .._core.secret import Secret
from .._facade.pool import UserPool
from .._verify.claims import AccessClaims, AnyClaims, ClientClaims, IdClaims
from .._verify.options import Names
from .._verify.requirements import requirements
from .._verify.verifier import TokenVerifier
from ._bearer import BearerRules, Refusal, bearer_token, rules_of

__all__ = ["CognitoBearer"]

ResultT_co = TypeVar("ResultT_co", covariant=True)
ClaimsT = TypeVar("ClaimsT", AccessClaims | ClientClaims, IdClaims, AnyClaims)
# Older versions of Starlette send nothing for an `HTTPException` of a WebSocket.
_DENIES_WEBSOCKETS = tuple(int(each) for each in __version__.split(".")[:2]) >= (0, 40)
_POLICY_VIOLATION, _TRY_AGAIN_LATER = 1008, 1013  # of RFC 6455 section 7.4.1, and of its registry at IANA


class BearerOptions(TypedDict, total=False):
    """The options of every `CognitoBearer`, which documents them."""

    realm: str | None
    websocket_protocol: str


class CognitoBearer(Generic[ResultT_co]):
    """Use this to let only requests with a valid token of Cognito pass, and to know who sends them.

    `await bearer(request)` returns the claims of the token. A request without a token, or with one that is not
    accepted, gets the answers of RFC 6750: 401, 403 for a missing scope or group, 503 if the keys of the user pool
    cannot be fetched. It works for requests and, before `accept()`, for WebSockets.

    Make one at import time, and share it among all routes. No request is made for a token while the keys are there.

    Args:
        source: a verifier, or a user pool, which means `pool.verifier()`: its access tokens.
        auto_error: whether a request without a token is refused, which is the default; otherwise the result is `None`.
            A bad token is refused in both cases. Otherwise a client would not learn that its token has expired.
        realm: the name of the protected area, for `WWW-Authenticate`; none by default.
        websocket_protocol: the subprotocol after which a browser passes the token of a WebSocket, because it cannot set
            `Authorization` there: `new WebSocket(url, ["bearer", token])`. The app then has to accept with
            `subprotocol="bearer"`.

    Raises:
        ConfigurationError: if an argument is invalid.

    Source: RFC 6750, RFC 9470.
    """

    @overload
    def __init__(
        self: CognitoBearer[AccessClaims | ClientClaims],
        source: UserPool,
        *,
        auto_error: Literal[True] = True,
        **options: Unpack[BearerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: CognitoBearer[ClaimsT],
        source: TokenVerifier[ClaimsT],
        *,
        auto_error: Literal[True] = True,
        **options: Unpack[BearerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: CognitoBearer[AccessClaims | ClientClaims | None],
        source: UserPool,
        *,
        auto_error: bool,
        **options: Unpack[BearerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: CognitoBearer[ClaimsT | None],
        source: TokenVerifier[ClaimsT],
        *,
        auto_error: bool,
        **options: Unpack[BearerOptions],
    ) -> None: ...
    def __init__(
        self,
        source: UserPool | TokenVerifier[Any],
        *,
        auto_error: bool = True,
        realm: str | None = None,
        websocket_protocol: str = "bearer",
    ) -> None:
        self._rules = rules_of(source, auto_error, realm, websocket_protocol)

    @property
    def verifier(self) -> TokenVerifier[Any]:
        """The verifier, such as for `await bearer.verifier.preload()` when the service starts."""
        return self._rules.verifier

    @property
    def optional(self) -> CognitoBearer[ResultT_co | None]:
        """The same, but it returns `None` for a request without a token, as with `auto_error=False`."""
        return cast("CognitoBearer[ResultT_co | None]", self._view(self._rules._replace(auto_error=False)))

    def require(
        self,
        *,
        scopes: Names | NotGiven = NOT_GIVEN,  # FastAPI refuses a function with such an argument as a dependency
        groups: Names | None = None,
        acr: Names | None = None,
    ) -> Self:
        """Return a bearer that requires more, such as `bearer.require(groups={"editors"})`. This one stays as it is.

        The new one also has all requirements of this one.

        Args:
            scopes: the scopes that the token must have, all of them.
            groups: the groups, in one of which the user must be.
            acr: the levels of authentication, one of which the user must have reached by a step-up.

        Raises:
            ConfigurationError: if an argument is invalid, or if no token could meet all requirements.
        """
        added = requirements(scopes=() if isinstance(scopes, NotGiven) else scopes, groups=groups, acr=acr)
        return self._view(self._rules.with_added(added))

    async def __call__(self, connection: HTTPConnection) -> ResultT_co:
        """Return the claims of the token that a request or a WebSocket has sent.

        Raises:
            starlette.exceptions.HTTPException: if it is refused. A WebSocket gets the same answer as a request if the
                server and Starlette (0.40 or newer) can send it. Otherwise this is a `starlette.exceptions.
                WebSocketException`, for which servers answer 403.
        """
        sent = self._sent_by(connection)
        del connection  # tools that show the variables of a traceback would show its headers
        return await self._claims(sent, self._rules)

    def _sent_by(self, connection: HTTPConnection) -> Sent:
        return Sent.by(connection, self._rules.websocket_protocol)

    async def _claims(self, sent: Sent, rules: BearerRules, scopes: frozenset[str] = frozenset()) -> ResultT_co:
        outcome = await rules.outcome(sent.tokens, scopes)
        if isinstance(outcome, Refusal):
            raise sent.exception(outcome)
        return cast("ResultT_co", outcome)

    def _view(self, rules: BearerRules) -> Self:
        view = copy.copy(self)
        vars(view)["_rules"] = rules
        return view

    def __eq__(self, other: object) -> bool:
        # FastAPI runs only one of equal dependencies, so the attributes of a user's subclass count too.
        return _attributes(self) == _attributes(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._rules)

    def __repr__(self) -> str:
        rules = self._rules._asdict() if hasattr(self, "_rules") else {}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in rules.items() if value)})"


def _attributes(bearer: object) -> dict[str, Any]:
    """Return the attributes of a bearer, except the one that refers to itself."""
    return {name: value for name, value in vars(bearer).items() if name != "_first"}


class Sent(NamedTuple):
    """The tokens that a connection has sent, and whether it can be answered by HTTP."""

    tokens: tuple[Secret[str], ...]
    by_http: bool

    @classmethod
    def by(cls, connection: HTTPConnection, websocket_protocol: str) -> Sent:
        """Read a connection. This raises nothing, because a traceback could show the token."""
        # ASGI's names are in lower case. `connection.headers` would take twice as long.
        headers = [value.decode("latin-1") for name, value in connection.scope["headers"] if name == b"authorization"]
        if len(headers) > 1:  # of any scheme, because a proxy may have checked another one
            found: list[Secret[str] | None] = [Secret(""), Secret("")]
        else:
            found = [bearer_token(each) for each in headers]
        by_http = True
        if connection.scope["type"] == "websocket":
            offered = connection.scope.get("subprotocols") or ()
            if offered and offered[0] == websocket_protocol:
                found.append(Secret(offered[1] if len(offered) > 1 else ""))
            by_http = _DENIES_WEBSOCKETS and "websocket.http.response" in (connection.scope.get("extensions") or ())
            if isinstance(connection, WebSocket) and connection.application_state is not WebSocketState.CONNECTING:
                by_http = False  # it is accepted already
        return cls(tuple(each for each in found if each is not None), by_http)

    def exception(self, refusal: Refusal) -> Exception:
        """Return the exception for which the framework sends this answer."""
        if self.by_http:
            return HTTPException(refusal.status, refusal.detail, refusal.headers)
        return WebSocketException(_TRY_AGAIN_LATER if refusal.status == 503 else _POLICY_VIOLATION, refusal.detail)


def __dir__() -> list[str]:
    return sorted(__all__)
