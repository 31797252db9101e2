"""The `views.py` of a Django app, with a view that only a valid token opens."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from math import ceil
from typing import Any

import anyio
from django.http import HttpRequest, HttpResponse, JsonResponse

from cognito_async import AccessClaims, ClientClaims, TokenVerifier, errors

verifier = TokenVerifier(
    "eu-central-1_AbCdEfGhI", client_id="4example5client6id7890", token_use="access"
)


def verify(token: str) -> AccessClaims | ClientClaims:
    with suppress(errors.KeysUnavailable):  # not fetched yet, or replaced
        return verifier.verify_nowait(token)
    return anyio.run(verifier.verify, token)


def token_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return refusal(401, {"WWW-Authenticate": "Bearer"})
        try:
            claims = verify(token.strip())
        except errors.MissingPermission:
            return refusal(403, {})
        except errors.InvalidToken:
            return refusal(401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        except errors.KeysUnavailable as error:
            return refusal(503, {"Retry-After": str(ceil(error.retry_after or 1))})
        return view(request, claims, *args, **kwargs)

    return guarded


def refusal(status: int, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(status=status, headers=headers)


@token_required
def me(request: HttpRequest, claims: Any) -> HttpResponse:
    return JsonResponse({"username": claims.username})
