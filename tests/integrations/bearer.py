"""Users of a local pool for the tests of `CognitoBearer`, and their tokens."""

from __future__ import annotations

import base64
import functools
import json
from typing import Any

import httpx

from cognito_async import TokenVerifier
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings, SigningKeys

SCOPE = "aws.cognito.signin.user.admin"  # the one of each token that is not from the OAuth endpoints


@functools.cache
def keys() -> SigningKeys:
    return SigningKeys.generate()


class Members:
    """A local pool, and tokens of its users.

    Attributes:
        local: the local pool.
        pool: a `UserPool` that is connected to it.
    """

    def __init__(self, *, id: str = "us-east-1_LocalPool", client_id: str = "local") -> None:  # noqa: A002
        self.local = LocalUserPool(PoolSettings(id=id), AppClientSettings(id=client_id), keys=keys())
        self.pool = self.local.user_pool()

    async def token(self, username: str = "alice", *groups: str, **claims: Any) -> str:
        """Return the access token of a new user in these groups. `claims` are added or replaced."""
        await self.pool.sign_up(username, "Passw0rd!", attributes={"email": f"{username}@example.com"})
        await self.pool.confirm_sign_up(username, self.local.outbox[-1].code)
        for group in groups:
            await self.pool.admin.create_group(group)
            await self.pool.admin.add_to_group(username, group)
        token = (await self.pool.sign_in(username, "Passw0rd!")).tokens.access_token
        return signed(token, **claims) if claims else token

    def outage(self, **options: Any) -> TokenVerifier[Any]:
        """Return a verifier of the pool's tokens that can reach no keys."""

        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

        client = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
        settings = self.local.settings
        return TokenVerifier(
            settings.id, client_id=self.local.client.id, token_use="access", http_client=client, **options
        )


def signed(token: str, **claims: Any) -> str:
    """Return a token with other claims, signed again with the key of the pool. `None` removes a claim."""
    payload = token.split(".")[1]
    given = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed = {name: value for name, value in {**given, **claims}.items() if value is not None}
    return keys().access.sign(changed)


def bearer_header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
