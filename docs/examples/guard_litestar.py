"""Routes of Litestar that only a valid token opens."""

from math import ceil
from typing import Any

from litestar import Litestar, Request, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import (
    HTTPException,
    NotAuthorizedException,
    PermissionDeniedException,
)
from litestar.middleware import (
    AbstractAuthenticationMiddleware,
    AuthenticationResult,
)

from cognito_async import AccessClaims, TokenVerifier, errors

verifier = TokenVerifier(
    "eu-central-1_AbCdEfGhI", client_id="4example5client6id7890", token_use="access"
)


class CognitoMiddleware(AbstractAuthenticationMiddleware):
    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})
        try:
            claims = await verifier.verify(token.strip())
        except errors.MissingPermission:
            raise PermissionDeniedException from None
        except errors.InvalidToken:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise NotAuthorizedException(headers=challenge) from None
        except errors.KeysUnavailable as error:
            wait = {"Retry-After": str(ceil(error.retry_after or 1))}
            raise HTTPException(status_code=503, headers=wait) from None
        return AuthenticationResult(user=claims, auth=None)


@get("/me")
async def me(request: Request[AccessClaims, None, State]) -> dict[str, str]:
    return {"username": request.user.username}


app = Litestar([me], middleware=[CognitoMiddleware])
