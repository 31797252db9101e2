"""Our own client makes a pool in a local service, and signs a user of it in."""

from __future__ import annotations

import httpx
import pytest

from cognito_async import UserPool, errors
from cognito_async.local import LocalTransport, LocalUserPool

from ..helpers import PASSWORD

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def test_pool_is_made_used_and_deleted_with_our_own_client() -> None:
    async with LocalUserPool() as local:
        owner = local.user_pool()
        made = (await owner.api.create_user_pool(pool_name="shop", auto_verified_attributes=["email"])).user_pool
        assert made is not None and made.id_ is not None
        client = (await owner.api.create_user_pool_client(user_pool_id=made.id_, client_name="app")).user_pool_client
        assert client is not None and client.client_id is not None
        names = [each.name async for each in owner.api.items(owner.api.list_user_pools, max_results=1)]
        assert sorted(str(name) for name in names) == ["local", "shop"]

        http_client = httpx.AsyncClient(transport=LocalTransport(local.service), trust_env=False)
        shop = UserPool(
            made.id_, client.client_id, endpoint="http://localhost", http_client=http_client, clock=local.clock
        )
        await shop.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"})
        await shop.confirm_sign_up("alice", local.outbox[-1].code)
        result = await shop.sign_in("alice", PASSWORD)
        assert result.tokens.unverified_id_claims["email"] == "alice@example.com"
        await owner.api.delete_user_pool(user_pool_id=made.id_)
        with pytest.raises(errors.ResourceNotFoundException):
            await shop.sign_in("alice", PASSWORD)
        await http_client.aclose()
