"""A local pool in place of AWS, for code that constructs its own `UserPool`."""

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
    """Return the signing keys of all tests. They are generated once, because that is slow."""
    return SigningKeys.generate()


class FakeAws:
    """Redirects every `UserPool` and `TokenVerifier` created without an `http_client` to one local pool."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, client_secret: str | None = None) -> None:
        self.service = LocalService()
        settings = PoolSettings(id=POOL_ID, fixed_code=CODE, mfa="OPTIONAL", first_factors=("PASSWORD", "EMAIL_OTP"))
        self.service.add_pool(settings, keys=keys())
        self.service.add_client(POOL_ID, AppClientSettings(id=CLIENT_ID, secret=client_secret))
        client = httpx.AsyncClient(transport=LocalTransport(self.service), trust_env=False)

        def connect_locally(options: HttpOptions) -> HttpConnections:
            return HttpConnections(options._replace(http_client=options.http_client or client))

        for module in ("_client.service_client", "_verify.verifier"):
            monkeypatch.setattr(f"cognito_async.{module}.HttpConnections", connect_locally)
        self.pool = UserPool(POOL_ID, CLIENT_ID, client_secret=client_secret)

    async def add_user(self, username: str) -> None:
        """Add a confirmed user whose password is `PASSWORD`."""
        await self.pool.sign_up(username, PASSWORD, attributes={"email": f"{username}@example.com"})
        await self.pool.confirm_sign_up(username, CODE)
