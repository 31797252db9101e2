"""The workload `routes`: CPU seconds of a request to a FastAPI route that only a valid token opens.

The application is called in this process, without a server and sockets. The workload also measures the verification
alone, and the same route with two other dependencies: one returns a constant, and the other only verifies a token.
"""

# Without `from __future__ import annotations`, because FastAPI cannot resolve the names of local variables in strings.
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from .signing import our_verifier, sign
from .worker import Arguments, Figures, cpu_of_each, run_async


def application(dependency: Callable[..., Any]) -> Callable[..., Awaitable[None]]:
    """Return an application with one route, which has this dependency."""
    from fastapi import Depends, FastAPI

    from cognito_async import AccessClaims

    app = FastAPI()

    @app.get("/me")
    async def me(claims: Annotated[AccessClaims, Depends(dependency)]) -> dict[str, str]:
        return {"sub": claims.sub}

    return app


async def request(app: Callable[..., Awaitable[None]], token: str) -> int:
    """Send a request to the application as a server does, and return the status of its response."""
    headers = [(b"host", b"example.com"), (b"accept", b"*/*"), (b"authorization", f"Bearer {token}".encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/me",
        "raw_path": b"/me",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 443),
    }
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def measure(arguments: Arguments) -> Figures:
    """Measure `size` batches of requests, after one to warm up."""
    from cognito_async.integrations.fastapi import CognitoBearer

    made = sign()
    verifier = our_verifier(made)
    claims = await verifier.verify(made.token)

    async def constant() -> Any:
        return claims

    async def verify() -> Any:
        return await verifier.verify(made.token)

    guarded, verifying, bare = (application(each) for each in (CognitoBearer(verifier), verify, constant))
    assert await request(guarded, made.token) == await request(verifying, "") == await request(bare, "") == 200
    assert await request(guarded, made.token + "A") == 401
    uses = {
        "cpu": partial(request, guarded, made.token),
        "verifying": partial(request, verifying, made.token),
        "bare": partial(request, bare, made.token),
        "verify": partial(verifier.verify, made.token),
    }
    figures = await cpu_of_each(uses, int(arguments.size))
    return {**figures, "allowed": figures["bare"] + 1.5 * figures["verify"]}


if __name__ == "__main__":
    run_async(measure)
