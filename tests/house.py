"""A local pool that answers in the place of the real service, for code that makes its own `UserPool`."""

from __future__ import annotations

import functools

import httpx
import pytest

from cognito_async import UserPool
from cognito_async._http.connections import HttpConnections
from cognito_async._http.options import HttpOptions
from cognito_async._local.state.signing_keys import SigningKeys
from cognito_async.local import AppClientSettings, LocalService, LocalTransport, PoolSettings

POOL_ID = "eu-central-1_AbCdEfGhI"
CLIENT_ID = "4example5client6id7890"
CODE = "864209"
PASSWORD = "Passw0rd!"


@functools.cache
def keys() -> SigningKeys:
    """One pair for all: they take half a second to make."""
    return SigningKeys.generate()


class House:
    """Every `UserPool` that is made while this stands in, and has no client of its own, calls this pool."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, client_secret: str | None = None) -> None:
        self.service = LocalService()
        settings = PoolSettings(id=POOL_ID, fixed_code=CODE, mfa="OPTIONAL", first_factors=("PASSWORD", "EMAIL_OTP"))
        self.service.add_pool(settings, keys=keys())
        self.service.add_client(POOL_ID, AppClientSettings(id=CLIENT_ID, secret=client_secret))
        client = httpx.AsyncClient(transport=LocalTransport(self.service), trust_env=False)

        def connect_here(options: HttpOptions) -> HttpConnections:
            return HttpConnections(options._replace(http_client=options.http_client or client))

        monkeypatch.setattr("cognito_async._client.service_client.HttpConnections", connect_here)
        self.pool = UserPool(POOL_ID, CLIENT_ID, client_secret=client_secret)

    async def add_user(self, username: str) -> None:
        """A confirmed user with the usual password."""
        await self.pool.sign_up(username, PASSWORD, attributes={"email": f"{username}@example.com"})
        await self.pool.confirm_sign_up(username, CODE)
