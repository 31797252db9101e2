"""`examples/orders_service/tests/test_orders.py`, as far as moto can."""

import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient
from orders.app import create_app

from cognito_async import UserPool

BOOK = {"item": "a book"}
MakeUser = Callable[..., str]
AuthHeaders = Callable[[str], dict[str, str]]
SignToken = Callable[..., str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_customers_see_their_own_orders(client: TestClient, make_user: MakeUser, auth_headers: AuthHeaders) -> None:
    alice, bob = make_user("alice"), make_user("bob")
    order = client.post("/orders", json=BOOK, headers=auth_headers(alice))
    assert order.status_code == 201
    assert client.get("/orders", headers=auth_headers(alice)).json() == [order.json()]
    assert client.get("/orders", headers=auth_headers(bob)).json() == []


def test_only_managers_delete_orders(client: TestClient, make_user: MakeUser, auth_headers: AuthHeaders) -> None:
    customer, manager = make_user("alice"), make_user("bob", groups=("managers",))
    order = client.post("/orders", json=BOOK, headers=auth_headers(customer)).json()
    path = f"/orders/{order['id']}"
    assert client.delete(path, headers=auth_headers(customer)).status_code == 403
    assert client.delete(path, headers=auth_headers(manager)).status_code == 204
    assert client.delete(path, headers=auth_headers(manager)).status_code == 404


def test_report_needs_a_scope(client: TestClient, sign_token: SignToken) -> None:
    assert client.get("/report", headers=bearer(sign_token())).status_code == 403
    token = sign_token(scope="orders/report")
    assert client.get("/report", headers=bearer(token)).json() == {"orders": 0}


def test_stranger_is_asked_to_sign_in(client: TestClient) -> None:
    refused = client.get("/orders")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"


def test_expired_token_is_refused(client: TestClient, sign_token: SignToken) -> None:
    refused = client.get("/orders", headers=bearer(sign_token(exp=int(time.time()) - 1)))
    assert refused.status_code == 401
    assert "expired" in refused.headers["www-authenticate"]


def test_token_of_a_foreign_key_is_refused(client: TestClient, sign_token: SignToken) -> None:
    key = rsa.generate_private_key(65537, 2048)
    assert client.get("/orders", headers=bearer(sign_token(key))).status_code == 401


def test_token_of_another_pool_is_refused(client: TestClient, sign_token: SignToken) -> None:
    token = sign_token(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_OtherPool")
    assert client.get("/orders", headers=bearer(token)).status_code == 401


def test_unsigned_token_is_refused(client: TestClient, sign_token: SignToken) -> None:
    assert client.get("/orders", headers=bearer(sign_token(None, "none"))).status_code == 401


def test_id_token_is_refused(
    client: TestClient, make_user: MakeUser, tokens_of: Callable[[str], dict[str, str]]
) -> None:
    token = tokens_of(make_user("alice"))["IdToken"]
    assert client.get("/orders", headers=bearer(token)).status_code == 401


def test_token_of_another_app_client_is_refused(client: TestClient, sign_token: SignToken) -> None:
    assert client.get("/orders", headers=bearer(sign_token(client_id="another"))).status_code == 401


def test_missing_keys_are_not_the_fault_of_the_user(pool_id: str, client_id: str, sign_token: SignToken) -> None:
    nobody_listens = UserPool(pool_id, client_id, endpoint="http://127.0.0.1:1")
    client = TestClient(create_app(nobody_listens, state_key="k" * 32))
    refused = client.get("/orders", headers=bearer(sign_token()))
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
