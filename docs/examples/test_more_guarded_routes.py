"""Tests of guarded routes: groups, a foreign token, and keys that cannot be fetched."""

from collections.abc import Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI

from cognito_async import AccessClaims, UserPool
from cognito_async.integrations.fastapi import CognitoBearer
from cognito_async.local import LocalUserPool, PoolSettings

bearer = CognitoBearer(UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890"))
app = FastAPI()


@app.put("/page")
async def edit(
    user: Annotated[AccessClaims, Depends(bearer.require(groups="editors"))],
) -> str:
    return f"edited by {user.username}"


# --8<-- [start:test]
@pytest.fixture
def local() -> Iterator[LocalUserPool]:
    local = LocalUserPool()
    app.dependency_overrides[bearer] = CognitoBearer(local.user_pool())
    yield local
    app.dependency_overrides.clear()


async def token_of(local: LocalUserPool, username: str, *groups: str) -> str:
    pool = local.user_pool()
    await pool.sign_up(username, "Passw0rd!", attributes={"email": "a@example.com"})
    await pool.confirm_sign_up(username, local.outbox[-1].code)
    for group in groups:
        await pool.admin.create_group(group)
        await pool.admin.add_to_group(username, group)
    return (await pool.sign_in(username, "Passw0rd!")).tokens.access_token


async def status_of(token: str) -> int:
    service = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=service, base_url="http://test") as client:
        headers = {"Authorization": f"Bearer {token}"}
        return (await client.put("/page", headers=headers)).status_code


@pytest.mark.anyio
async def test_only_editors_edit(local: LocalUserPool) -> None:
    assert await status_of(await token_of(local, "alice", "editors")) == 200
    assert await status_of(await token_of(local, "bob")) == 403


@pytest.mark.anyio
async def test_token_of_another_pool_is_refused(local: LocalUserPool) -> None:
    other = LocalUserPool(PoolSettings(id="us-east-1_Another"))
    assert await status_of(await token_of(other, "alice", "editors")) == 401


@pytest.mark.anyio
async def test_missing_keys_are_no_fault_of_the_token(local: LocalUserPool) -> None:
    outage = httpx.MockTransport(lambda request: httpx.Response(503))
    offline = local.user_pool(http_client=httpx.AsyncClient(transport=outage))
    app.dependency_overrides[bearer] = CognitoBearer(offline)
    assert await status_of(await token_of(local, "alice", "editors")) == 503


# --8<-- [end:test]
