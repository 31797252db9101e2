"""A route of Django Ninja that only a valid token opens."""

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.security import HttpBearer

from cognito_async import AccessClaims, ClientClaims, TokenVerifier, errors

verifier = TokenVerifier(
    "eu-central-1_AbCdEfGhI", client_id="4example5client6id7890", token_use="access"
)


class CognitoBearer(HttpBearer):
    async def authenticate(
        self, request: HttpRequest, token: str
    ) -> AccessClaims | ClientClaims | None:
        try:
            return await verifier.verify(token)
        except errors.MissingPermission:
            raise HttpError(403, "Forbidden") from None
        except errors.InvalidToken:
            return None  # Django Ninja answers 401
        except errors.KeysUnavailable:
            raise HttpError(503, "Try again later") from None


api = NinjaAPI(auth=CognitoBearer())


@api.get("/me")
async def me(request: HttpRequest) -> dict[str, str]:
    return {"username": request.auth.username}
