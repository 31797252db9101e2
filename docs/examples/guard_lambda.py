"""Lambda functions behind API Gateway."""

# --8<-- [start:authorizer]
from typing import Any

import anyio

from cognito_async import AccessClaims, TokenVerifier, errors

# All invocations of an instance of the function share the keys
verifier = TokenVerifier(
    "eu-central-1_AbCdEfGhI", client_id="4example5client6id7890", token_use="access"
)


def authorize(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A Lambda authorizer of an HTTP API, with simple responses."""
    scheme, _, token = event["headers"].get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return {"isAuthorized": False}
    try:
        claims = anyio.run(verifier.verify, token.strip())
    except errors.InvalidToken:
        return {"isAuthorized": False}
    # After a KeysUnavailable, API Gateway answers 500
    return {"isAuthorized": True, "context": {"username": claims.username}}


# --8<-- [end:authorizer]


# --8<-- [start:claims]
def me(event: dict[str, Any], context: object) -> dict[str, str]:
    """A function behind a JWT authorizer of an HTTP API, or a Cognito authorizer."""
    claims = AccessClaims.from_event(event)
    return {"username": claims.username}


# --8<-- [end:claims]
