"""Routes of FastAPI that only a valid token opens: `CognitoBearer` (extra `fastapi`).

from cognito_async.integrations.fastapi import CognitoBearer

bearer = CognitoBearer(pool)


@app.get("/me")
async def me(claims: Annotated[AccessClaims, Depends(bearer)]) -> dict[str, str]:
    return {"sub": claims.sub}
"""

# Without `from __future__ import annotations`, because FastAPI 0.115 cannot resolve the annotations of `__call__` of an
# object if they are strings.
from typing import Any, Literal, TypeVar, Unpack, cast, overload

from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from .._core.errors import ConfigurationError
from .._facade.pool import UserPool
from .._verify.claims import AccessClaims, AnyClaims, ClientClaims, IdClaims
from .._verify.verifier import TokenVerifier
from . import starlette
from ._bearer import BearerRules, rules_of

__all__ = ["CognitoBearer"]

ResultT_co = TypeVar("ResultT_co", covariant=True)
ClaimsT = TypeVar("ClaimsT", AccessClaims | ClientClaims, IdClaims, AnyClaims)


class BearerOptions(starlette.BearerOptions, total=False):
    """The options of every `CognitoBearer`, which documents them."""

    scheme_name: str
    description: str | None


class CognitoBearer(starlette.CognitoBearer[ResultT_co], SecurityBase):
    """Use this as a dependency, to let only requests with a valid token of Cognito pass, and to know who sends them.

    `Depends(bearer)` gives the claims of the token to a route. `Security(bearer, scopes=["orders/read"])` also requires
    scopes, all of them, and OpenAPI shows them, except in old versions of FastAPI. Its pages get a field for the token.

    A request without a token, or with one that is not accepted, gets the answers of RFC 6750: 401, 403 for a missing
    scope or group, 503 if the keys of the user pool cannot be fetched. WebSockets are refused before `accept()`.

    Make one at import time, and share it among all routes. No request is made for a token while the keys are there. In
    a test, `app.dependency_overrides[bearer] = CognitoBearer(local_pool)` replaces it and all its views.

    Args:
        source: a verifier, or a user pool, which means `pool.verifier()`: its access tokens.
        auto_error: whether a request without a token is refused, which is the default; otherwise the result is `None`.
            A bad token is refused in both cases. Otherwise a client would not learn that its token has expired.
        realm: the name of the protected area, for `WWW-Authenticate`; none by default.
        websocket_protocol: the subprotocol after which a browser passes the token of a WebSocket, because it cannot set
            `Authorization` there: `new WebSocket(url, ["bearer", token])`. The app then has to accept with
            `subprotocol="bearer"`.
        scheme_name: the name of the scheme in OpenAPI; `CognitoBearer` by default. Two bearers of one app, such as for
            different user pools, need different names.
        description: what OpenAPI says about the scheme; nothing by default.

    Raises:
        ConfigurationError: if an argument is invalid.

    Source: RFC 6750, RFC 9470.
    """

    @overload
    def __init__(
        self: "CognitoBearer[AccessClaims | ClientClaims]",
        source: UserPool,
        *,
        auto_error: Literal[True] = True,
        **options: Unpack[BearerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: "CognitoBearer[ClaimsT]",
        source: TokenVerifier[ClaimsT],
        *,
        auto_error: Literal[True] = True,
        **options: Unpack[BearerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: "CognitoBearer[AccessClaims | ClientClaims | None]",
        source: UserPool,
        *,
        auto_error: bool,
        **options: Unpack[BearerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: "CognitoBearer[ClaimsT | None]",
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
        scheme_name: str = "CognitoBearer",
        description: str | None = None,
    ) -> None:
        self._rules = rules_of(source, auto_error, realm, websocket_protocol)
        if not isinstance(scheme_name, str) or not scheme_name:
            raise ConfigurationError("scheme_name must be a str, and not empty")
        self._first = self  # the views of this bearer have it too
        self.model = HTTPBearer(bearerFormat="JWT", description=description)
        self.scheme_name = scheme_name

    @property
    def optional(self) -> "CognitoBearer[ResultT_co | None]":
        """The same, but it gives `None` for a request without a token, as with `auto_error=False`."""
        return cast("CognitoBearer[ResultT_co | None]", super().optional)

    async def __call__(
        self,
        connection: HTTPConnection,
        security_scopes: SecurityScopes = SecurityScopes(),  # noqa: B008 - nothing changes it
    ) -> ResultT_co:
        """Return the claims of the token that a request or a WebSocket has sent. FastAPI calls this.

        Raises:
            starlette.exceptions.HTTPException: if it is refused. A WebSocket gets the same answer as a request if the
                server and Starlette (0.40 or newer) can send it. Otherwise this is a `starlette.exceptions.
                WebSocketException`, for which servers answer 403.
        """
        sent, rules = self._sent_by(connection), self._rules_for(connection)
        del connection  # tools that show the variables of a traceback would show its headers
        return await self._claims(sent, rules, frozenset(security_scopes.scopes))

    def _rules_for(self, connection: HTTPConnection) -> BearerRules:
        """Return the rules, with the verifier of the bearer that a test has put in the place of the first one.

        FastAPI itself replaces only the bearer that `dependency_overrides` names, and not its views.
        """
        overrides = getattr(connection.scope.get("app"), "dependency_overrides", None)
        if not overrides:
            return self._rules
        other = overrides.get(self._first)
        return self._rules._replace(verifier=other.verifier) if isinstance(other, CognitoBearer) else self._rules


def __dir__() -> list[str]:
    return sorted(__all__)
