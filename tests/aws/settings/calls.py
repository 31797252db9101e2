"""The URL that a call without a server goes to."""

from __future__ import annotations

from typing import Any

import httpx

from cognito_async import CognitoIdentity, CognitoIdentityProvider, UserPool


class Called(httpx.AsyncBaseTransport):
    """A transport that records URLs, and answers each request with an empty object."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url).rstrip("/"))
        return httpx.Response(200, json={})


async def url_of_pool(user_pool_id: str = "eu-central-1_Pool", **options: Any) -> str:
    """Return the URL that a `UserPool` with these options calls."""
    called = Called()
    async with httpx.AsyncClient(transport=called) as client:
        await UserPool(user_pool_id, "client", http_client=client, **options).api.global_sign_out(access_token="a")
    return called.urls[0]


async def url_of_service(name: str, **options: Any) -> str:
    """Return the URL that a client of the service with these options calls."""
    called = Called()
    async with httpx.AsyncClient(transport=called) as http:
        if name == "cognito-idp":
            await CognitoIdentityProvider(http_client=http, **options).api.global_sign_out(access_token="a")
        else:
            identity = CognitoIdentity(http_client=http, **options)
            await identity.api.unlink_identity(identity_id="i", logins={}, logins_to_remove=[])
    return called.urls[0]
