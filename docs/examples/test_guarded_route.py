"""A route of FastAPI that only a valid token opens, and its test."""

# --8<-- [start:app]
from typing import Annotated

from fastapi import Depends, FastAPI

from cognito_async import AccessClaims, UserPool
from cognito_async.integrations.fastapi import CognitoBearer

bearer = CognitoBearer(UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890"))
app = FastAPI()


@app.get("/me")
async def me(claims: Annotated[AccessClaims, Depends(bearer)]) -> dict[str, str]:
    return {"username": claims.username}


# --8<-- [end:app]


# --8<-- [start:test]
import httpx
import pytest

from cognito_async.local import LocalUserPool


@pytest.mark.anyio
async def test_only_a_valid_token_opens_the_route() -> None:
    pool = (local := LocalUserPool()).user_pool()
    app.dependency_overrides[bearer] = CognitoBearer(pool)
    await pool.sign_up("alice", "Passw0rd!", attributes={"email": "a@example.com"})
    await pool.confirm_sign_up("alice", local.outbox[-1].code)
    token = (await pool.sign_in("alice", "Passw0rd!")).tokens.access_token
    service = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=service, base_url="http://test") as client:
        assert (await client.get("/me")).status_code == 401
        client.headers["Authorization"] = f"Bearer {token}"
        assert (await client.get("/me")).json() == {"username": "alice"}
        local.clock.advance(3600)
        assert (await client.get("/me")).status_code == 401  # the token has expired


# --8<-- [end:test]
