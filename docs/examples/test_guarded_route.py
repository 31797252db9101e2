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
from fastapi.testclient import TestClient

from cognito_async.integrations.pytest import AuthHeaders, MakeUser
from cognito_async.local import LocalUserPool


def test_only_a_valid_token_opens_the_route(
    cognito_pool: LocalUserPool, make_user: MakeUser, auth_headers: AuthHeaders
) -> None:
    app.dependency_overrides[bearer] = CognitoBearer(cognito_pool.user_pool())
    client = TestClient(app)
    assert client.get("/me").status_code == 401
    headers = auth_headers(make_user("alice"))
    assert client.get("/me", headers=headers).json() == {"username": "alice"}
    cognito_pool.clock.advance(3600)  # the token has expired
    assert client.get("/me", headers=headers).status_code == 401


# --8<-- [end:test]
