"""Orders, and the tokens that open their routes. These tests never await."""

import pytest
from fastapi.testclient import TestClient

from cognito_async.integrations.pytest import AuthHeaders, MakeUser
from cognito_async.local import Faults, LocalUserPool, MovableClock, PoolUser, TokenSigner

BOOK = {"item": "a book"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_customers_see_their_own_orders(client: TestClient, make_user: MakeUser, auth_headers: AuthHeaders) -> None:
    alice, bob = make_user("alice"), make_user("bob")
    order = client.post("/orders", json=BOOK, headers=auth_headers(alice))
    assert order.status_code == 201
    assert client.get("/orders", headers=auth_headers(alice)).json() == [order.json()]
    assert client.get("/orders", headers=auth_headers(bob)).json() == []


def test_only_managers_delete_orders(client: TestClient, make_user: MakeUser, auth_headers: AuthHeaders) -> None:
    customer, manager = make_user(), make_user(groups=["managers"])
    order = client.post("/orders", json=BOOK, headers=auth_headers(customer)).json()
    path = f"/orders/{order['id']}"
    assert client.delete(path, headers=auth_headers(customer)).status_code == 403
    assert client.delete(path, headers=auth_headers(manager)).status_code == 204
    assert client.delete(path, headers=auth_headers(manager)).status_code == 404


def test_report_needs_a_scope(client: TestClient, cognito_user: PoolUser, sign_token: TokenSigner) -> None:
    assert client.get("/report", headers=bearer(sign_token(cognito_user))).status_code == 403
    token = sign_token(cognito_user, scope="orders/report")
    assert client.get("/report", headers=bearer(token)).json() == {"orders": 0}


def test_stranger_is_asked_to_sign_in(client: TestClient) -> None:
    refused = client.get("/orders")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"


def test_token_expires(
    client: TestClient, cognito_user: PoolUser, auth_headers: AuthHeaders, cognito_clock: MovableClock
) -> None:
    headers = auth_headers(cognito_user)
    assert client.get("/orders", headers=headers).status_code == 200
    cognito_clock.advance(3600)
    refused = client.get("/orders", headers=headers)
    assert refused.status_code == 401
    assert "expired" in refused.headers["www-authenticate"]


@pytest.mark.parametrize("kind", ["expired", "foreign_key", "other_pool", "unsigned"])
def test_bad_token_is_refused(client: TestClient, cognito_user: PoolUser, sign_token: TokenSigner, kind: str) -> None:
    bad_token = getattr(sign_token, kind)(cognito_user)
    assert client.get("/orders", headers=bearer(bad_token)).status_code == 401


def test_id_token_is_refused(client: TestClient, cognito_user: PoolUser, auth_headers: AuthHeaders) -> None:
    headers = auth_headers(cognito_user, token_use="id")
    assert client.get("/orders", headers=headers).status_code == 401


def test_token_of_another_app_client_is_refused(
    client: TestClient, cognito_user: PoolUser, sign_token: TokenSigner
) -> None:
    token = sign_token(cognito_user, client_id="another")
    assert client.get("/orders", headers=bearer(token)).status_code == 401


def test_keys_are_rotated(
    client: TestClient, cognito_pool: LocalUserPool, make_user: MakeUser, auth_headers: AuthHeaders
) -> None:
    before = auth_headers(make_user())
    assert client.get("/orders", headers=before).status_code == 200
    cognito_pool.rotate_keys()
    after = auth_headers(make_user())
    assert client.get("/orders", headers=after).status_code == 200
    assert client.get("/orders", headers=before).status_code == 200


def test_missing_keys_are_not_the_fault_of_the_user(
    client: TestClient, cognito_user: PoolUser, auth_headers: AuthHeaders, cognito_faults: Faults
) -> None:
    cognito_faults.time_out("jwks", times=None)
    refused = client.get("/orders", headers=auth_headers(cognito_user))
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
