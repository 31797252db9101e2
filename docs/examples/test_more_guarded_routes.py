"""Tests of guarded routes: groups, scopes, bad tokens, and keys that are missing."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Security
from fastapi.testclient import TestClient

from cognito_async import AccessClaims, ClientClaims, UserPool
from cognito_async.integrations.fastapi import CognitoBearer
from cognito_async.integrations.pytest import AuthHeaders, MakeUser
from cognito_async.local import Faults, LocalUserPool, PoolUser, TokenSigner

bearer = CognitoBearer(UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890"))
app = FastAPI()


@app.put("/page")
async def edit(
    user: Annotated[AccessClaims, Depends(bearer.require(groups="editors"))],
) -> str:
    return f"edited by {user.username}"


@app.get("/orders")
async def orders(
    caller: Annotated[
        AccessClaims | ClientClaims, Security(bearer, scopes=["orders/read"])
    ],
) -> str:
    return f"orders for {caller.username or caller.client_id}"


# --8<-- [start:test]
@pytest.fixture
def client(cognito_pool: LocalUserPool) -> Iterator[TestClient]:
    app.dependency_overrides[bearer] = CognitoBearer(cognito_pool.user_pool())
    yield TestClient(app)
    app.dependency_overrides.clear()


def status_of(client: TestClient, token: str) -> int:
    return client.get(
        "/orders", headers={"Authorization": f"Bearer {token}"}
    ).status_code


def test_only_editors_edit(
    client: TestClient, make_user: MakeUser, auth_headers: AuthHeaders
) -> None:
    editor, reader = make_user(groups=["editors"]), make_user()
    assert client.put("/page", headers=auth_headers(editor)).status_code == 200
    assert client.put("/page", headers=auth_headers(reader)).status_code == 403


def test_scopes_are_required(
    client: TestClient, cognito_user: PoolUser, sign_token: TokenSigner
) -> None:
    assert status_of(client, sign_token(cognito_user)) == 403
    assert status_of(client, sign_token(cognito_user, scope="orders/read")) == 200


def test_machine_reads_orders(
    client: TestClient, cognito_pool: LocalUserPool, sign_token: TokenSigner
) -> None:
    machine = cognito_pool.client.id  # as the `client_credentials` grant names it
    token = sign_token(sub=machine, username=None, scope="orders/read")
    assert status_of(client, token) == 200


@pytest.mark.parametrize("fault", ["expired", "foreign_key", "other_pool", "unsigned"])
def test_bad_token_is_refused(
    client: TestClient, cognito_user: PoolUser, sign_token: TokenSigner, fault: str
) -> None:
    bad_token = getattr(sign_token, fault)(cognito_user, scope="orders/read")
    assert status_of(client, bad_token) == 401


def test_missing_keys_are_no_fault_of_the_token(
    client: TestClient, cognito_faults: Faults, sign_token: TokenSigner
) -> None:
    cognito_faults.time_out("jwks", times=None)
    assert status_of(client, sign_token(scope="orders/read")) == 503


# --8<-- [end:test]
