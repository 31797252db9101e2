"""Routes of Flask that only a valid token opens."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from math import ceil
from typing import Any

import anyio
from flask import Flask, Response, abort, g, request
from flask.typing import ResponseReturnValue

from cognito_async import AccessClaims, ClientClaims, TokenVerifier, errors

verifier = TokenVerifier(
    "eu-central-1_AbCdEfGhI", client_id="4example5client6id7890", token_use="access"
)
app = Flask(__name__)


def verify(token: str) -> AccessClaims | ClientClaims:
    with suppress(errors.KeysUnavailable):  # not fetched yet, or replaced
        return verifier.verify_nowait(token)
    return anyio.run(verifier.verify, token)


def authenticate() -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        abort(Response(status=401, headers={"WWW-Authenticate": "Bearer"}))
    try:
        g.user = verify(token.strip())
    except errors.MissingPermission:
        abort(403)
    except errors.InvalidToken:
        challenge = 'Bearer error="invalid_token"'
        abort(Response(status=401, headers={"WWW-Authenticate": challenge}))
    except errors.KeysUnavailable as error:
        retry_after = str(ceil(error.retry_after or 1))
        abort(Response(status=503, headers={"Retry-After": retry_after}))


def token_required(view: Callable[..., ResponseReturnValue]) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        authenticate()
        return view(*args, **kwargs)

    return guarded


@app.get("/me")
@token_required
def me() -> dict[str, str]:
    return {"username": g.user.username}
