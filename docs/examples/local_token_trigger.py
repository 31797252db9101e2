"""Create a local pool that adds a claim and a scope to its access tokens."""

from typing import Any

from cognito_async.local import LocalUserPool, PoolSettings, Triggers


async def add_tenant(event: dict[str, Any]) -> None:
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"tenant": {"id": 7}},
            "scopesToAdd": ["orders/read"],
        }
    }


async def main() -> None:
    settings = PoolSettings(
        triggers=Triggers(pre_token_generation=add_tenant),
        pre_token_generation_version="V2_0",
    )
    async with LocalUserPool(settings) as local:
        pool = local.user_pool()
        await pool.sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        await pool.confirm_sign_up("alice", local.outbox[-1].code)
        result = await pool.sign_in("alice", "Passw0rd!")
        verifier = pool.verifier(token_use="access")
        claims = await verifier.verify(result.tokens.access_token)
        assert claims.extra["tenant"] == {"id": 7}
        assert "orders/read" in claims.scopes
