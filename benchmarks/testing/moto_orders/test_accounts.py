"""`examples/orders_service/tests/test_accounts.py`, as far as moto can."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from cognito_async.lowlevel import totp_code

from .conftest import PASSWORD

pytestmark = pytest.mark.anyio

ACCOUNT = {"username": "alice", "password": PASSWORD, "email": "alice@example.com"}
LOGIN = {"username": "alice", "password": PASSWORD}


async def test_customer_signs_up_and_orders(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/sign-up", json=ACCOUNT)).json() == {"confirmed": False}
    any_code = {"username": "alice", "code": "123456"}
    assert (await browser.post("/confirm", json=any_code)).status_code == 204
    token = (await browser.post("/sign-in", json=ACCOUNT)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await browser.post("/orders", json={"item": "a book"}, headers=headers)).status_code == 201


async def test_unconfirmed_user_is_refused(browser: httpx.AsyncClient) -> None:
    await browser.post("/sign-up", json=ACCOUNT)
    assert "not confirmed" in (await browser.post("/sign-in", json=ACCOUNT)).json()["detail"]


async def test_weak_password_is_refused(browser: httpx.AsyncClient) -> None:
    refused = await browser.post("/sign-up", json={**ACCOUNT, "password": "password"})
    assert refused.status_code == 400


async def test_disabled_user_is_refused(
    browser: httpx.AsyncClient, cognito: Any, pool_id: str, make_user: Callable[..., str]
) -> None:
    cognito.admin_disable_user(UserPoolId=pool_id, Username=make_user("alice"))
    assert (await browser.post("/sign-in", json=LOGIN)).status_code == 401


async def test_second_factor_is_required(
    browser: httpx.AsyncClient,
    cognito: Any,
    pool_id: str,
    make_user: Callable[..., str],
    tokens_of: Callable[[str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
    token = tokens_of(make_user("alice"))["AccessToken"]
    secret = cognito.associate_software_token(AccessToken=token)["SecretCode"]
    code = totp_code(secret, datetime.now(timezone.utc))
    cognito.verify_software_token(AccessToken=token, UserCode=code)
    cognito.admin_set_user_mfa_preference(
        UserPoolId=pool_id, Username="alice", SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    asked = (await browser.post("/sign-in", json=LOGIN)).json()
    assert asked["challenge"] == "SOFTWARE_TOKEN_MFA"
    wrong = await browser.post("/sign-in/code", json={"state": asked["state"], "code": "000000"})
    assert wrong.status_code == 400
    code = totp_code(secret, datetime.now(timezone.utc))
    signed_in = await browser.post("/sign-in/code", json={"state": asked["state"], "code": code})
    assert signed_in.json()["access_token"]
