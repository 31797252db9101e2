"""Sign-up and sign-in, on asyncio and on trio."""

import httpx
import pytest

from cognito_async.integrations.pytest import MakeUser
from cognito_async.local import Faults, LocalUserPool, PoolSettings, PoolUser

pytestmark = pytest.mark.anyio

ACCOUNT = {"username": "alice", "password": "Passw0rd!", "email": "alice@example.com"}


@pytest.fixture
def cognito_settings() -> PoolSettings:
    return PoolSettings(mfa="OPTIONAL")


def login(user: PoolUser, **changes: str) -> dict[str, str]:
    return {"username": user.username, "password": user.password, **changes}


async def test_customer_signs_up_and_orders(browser: httpx.AsyncClient, cognito_pool: LocalUserPool) -> None:
    assert (await browser.post("/sign-up", json=ACCOUNT)).json() == {"confirmed": False}
    code = cognito_pool.outbox[-1].code
    assert (await browser.post("/confirm", json={"username": "alice", "code": code})).status_code == 204
    token = (await browser.post("/sign-in", json=ACCOUNT)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await browser.post("/orders", json={"item": "a book"}, headers=headers)).status_code == 201


async def test_wrong_confirmation_code_is_refused(browser: httpx.AsyncClient) -> None:
    await browser.post("/sign-up", json=ACCOUNT)
    refused = await browser.post("/confirm", json={"username": "alice", "code": "not-the-code"})
    assert refused.status_code == 400
    assert "not confirmed" in (await browser.post("/sign-in", json=ACCOUNT)).json()["detail"]


async def test_weak_password_is_refused(browser: httpx.AsyncClient) -> None:
    refused = await browser.post("/sign-up", json={**ACCOUNT, "password": "password"})
    assert refused.status_code == 400


async def test_wrong_password_is_refused(browser: httpx.AsyncClient, cognito_user: PoolUser) -> None:
    refused = await browser.post("/sign-in", json=login(cognito_user, password="Wr0ng-passw0rd!"))
    assert refused.status_code == 401


async def test_unknown_name_looks_like_a_wrong_password(browser: httpx.AsyncClient, cognito_user: PoolUser) -> None:
    wrong = await browser.post("/sign-in", json=login(cognito_user, password="Wr0ng-passw0rd!"))
    unknown = await browser.post("/sign-in", json=login(cognito_user, username="nobody"))
    assert (unknown.status_code, unknown.text) == (wrong.status_code, wrong.text)


async def test_disabled_user_is_refused(browser: httpx.AsyncClient, make_user: MakeUser) -> None:
    user = make_user(enabled=False)
    assert (await browser.post("/sign-in", json=login(user))).status_code == 401


async def test_second_factor_is_required(browser: httpx.AsyncClient, make_user: MakeUser) -> None:
    alice = make_user("alice", mfa="totp")
    asked = (await browser.post("/sign-in", json=login(alice))).json()
    assert asked["challenge"] == "SOFTWARE_TOKEN_MFA"
    code = alice.totp_code()
    signed_in = await browser.post("/sign-in/code", json={"state": asked["state"], "code": code})
    assert signed_in.json()["access_token"]
    again = (await browser.post("/sign-in", json=login(alice))).json()
    used = await browser.post("/sign-in/code", json={"state": again["state"], "code": code})
    assert used.status_code == 400


async def test_throttled_sign_in_is_repeated(
    browser: httpx.AsyncClient, cognito_user: PoolUser, cognito_faults: Faults
) -> None:
    cognito_faults.throttle("InitiateAuth")
    assert (await browser.post("/sign-in", json=login(cognito_user))).status_code == 200


async def test_overload_is_reported(browser: httpx.AsyncClient, cognito_user: PoolUser, cognito_faults: Faults) -> None:
    cognito_faults.throttle("InitiateAuth", times=None)
    assert (await browser.post("/sign-in", json=login(cognito_user))).status_code == 429


async def test_sign_up_can_be_repeated_after_a_lost_reply(browser: httpx.AsyncClient, cognito_faults: Faults) -> None:
    cognito_faults.lose_reply("SignUp")
    assert (await browser.post("/sign-up", json=ACCOUNT)).status_code == 503
    assert (await browser.post("/sign-up", json=ACCOUNT)).status_code == 409  # the first one has arrived
