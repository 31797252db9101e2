"""Every call, with servers that fail in every way: no piece of a secret may show in the raised errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from cognito_async import (
    RetryPolicy,
    UserPool,
    errors,
)
from cognito_async._core.secret import Secret
from cognito_async._tokens.states import ChallengeState, pack
from cognito_async.credentials import Credentials
from cognito_async.lowlevel import secret_hash
from tests.leaks.markers import (
    ACCESS_KEY,
    CODE,
    DEVICE,
    EXPIRED,
    KEY,
    PASSWORD,
    SECRET,
    SESSION,
    SESSION_TOKEN,
    TOKENS,
    TOTP_SECRET,
    WEAK,
    tokens_of,
)
from tests.leaks.watch import Watch
from tests.sizes import each_row
from tests.support import BINDING, CLIENT_ID, DEVICE_KEY, Answer, refusal, serving

pytestmark = [pytest.mark.anyio, pytest.mark.table]


Failing = Callable[[Any], Awaitable[Any]]


def user(pool: Any) -> Any:
    return pool.user_from_tokens(TOKENS)


def expired(pool: Any) -> Any:
    return pool.user_from_tokens(EXPIRED)


def pending(pool: Any, name: str) -> Any:
    """Return an unanswered challenge. Its `Session` and its device are secrets."""
    state = ChallengeState(name=name, username="alice", session=Secret(SESSION), parameters={}, available=())
    return pool.resume(pack(state, BINDING, Secret(KEY)).reveal(), KEY, device=DEVICE)


# These calls may succeed even if the server sends nonsense, because they need nothing from the reply.
NEED_NO_REPLY: dict[str, Failing] = {
    "admin.create_user": lambda pool: pool.admin.create_user("alice", temporary_password=PASSWORD),
    "admin.invite_user": lambda pool: pool.admin.invite_user("alice", temporary_password=PASSWORD),
    "admin.set_password": lambda pool: pool.admin.set_password("alice", PASSWORD),
    "confirm_sign_up": lambda pool: pool.confirm_sign_up("alice", CODE),
    "auth.confirm_sign_up": lambda pool: pool.auth().confirm_sign_up("alice", CODE),
    "forgot_password": lambda pool: pool.forgot_password("alice"),
    "confirm_forgot_password": lambda pool: pool.confirm_forgot_password("alice", CODE, PASSWORD),
    "attributes": lambda pool: user(pool).attributes(),
    "auth_factors": lambda pool: user(pool).auth_factors(),
    "change_password": lambda pool: user(pool).change_password(WEAK, PASSWORD),
    "update_attributes": lambda pool: user(pool).update_attributes({"nickname": "Al"}),
    "delete_attributes": lambda pool: user(pool).delete_attributes(["nickname"]),
    "send_attribute_code": lambda pool: user(pool).send_attribute_code("email"),
    "confirm_attribute": lambda pool: user(pool).confirm_attribute("email", CODE),
    "set_mfa_preference": lambda pool: user(pool).set_mfa_preference(totp="PREFERRED"),
    "devices": lambda pool: user(pool).devices(),
    "remember_device": lambda pool: user(pool).remember_device(DEVICE_KEY),
    "forget_device": lambda pool: user(pool).forget_device(DEVICE_KEY),
    "delete": lambda pool: user(pool).delete(),
}
CALLS: dict[str, Failing] = {
    "sign_up": lambda pool: pool.sign_up("alice", PASSWORD, attributes={"email": "a@example.com"}),
    "sign_in": lambda pool: pool.sign_in("alice", PASSWORD),
    "sign_in with the password": lambda pool: pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH"),
    "auth.sign_in": lambda pool: pool.auth().sign_in("alice", PASSWORD),
    "auth.sign_up": lambda pool: pool.auth().sign_up("alice", PASSWORD),
    "sign_in on a device": lambda pool: pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH", device=DEVICE),
    "sign_in by choice": lambda pool: pool.sign_in("alice", flow="USER_AUTH"),
    "sign_in by triggers": lambda pool: pool.sign_in("alice", PASSWORD, flow="CUSTOM_AUTH"),
    "step_up": lambda pool: user(pool).step_up(["high"], password=PASSWORD),
    "refresh": lambda pool: user(pool).refresh(),
    "session": lambda pool: expired(pool).session(),
    "a call that refreshes first": lambda pool: expired(pool).attributes(),
    "setup_totp": lambda pool: user(pool).setup_totp(),
    "verify_totp": lambda pool: user(pool).verify_totp(CODE),
    "device": lambda pool: user(pool).device(DEVICE_KEY),
    "SMS_MFA": lambda pool: pending(pool, "SMS_MFA").answer(CODE),
    "EMAIL_OTP": lambda pool: pending(pool, "EMAIL_OTP").answer(CODE),
    "SMS_OTP": lambda pool: pending(pool, "SMS_OTP").answer(CODE),
    "SOFTWARE_TOKEN_MFA": lambda pool: pending(pool, "SOFTWARE_TOKEN_MFA").answer_from_secret(TOTP_SECRET),
    "SELECT_MFA_TYPE": lambda pool: pending(pool, "SELECT_MFA_TYPE").choose("SMS_MFA"),
    "MFA_SETUP": lambda pool: pending(pool, "MFA_SETUP").associate(),
    "MFA_SETUP verified": lambda pool: pending(pool, "MFA_SETUP").verify(CODE),
    "MFA_SETUP by e-mail": lambda pool: pending(pool, "MFA_SETUP").set_up_email("a@example.com"),
    "NEW_PASSWORD_REQUIRED": lambda pool: pending(pool, "NEW_PASSWORD_REQUIRED").answer(PASSWORD, {"nickname": "Al"}),
    "CUSTOM_CHALLENGE": lambda pool: pending(pool, "CUSTOM_CHALLENGE").answer(CODE),
    "SELECT_CHALLENGE": lambda pool: pending(pool, "SELECT_CHALLENGE").choose_password(PASSWORD),
    "PASSWORD": lambda pool: pending(pool, "PASSWORD").answer(PASSWORD),
    "PASSWORD_SRP": lambda pool: pending(pool, "PASSWORD_SRP").answer(PASSWORD),
    "admin.sign_in": lambda pool: pool.admin.sign_in("alice", PASSWORD),
    "admin.sign_in by password": lambda pool: pool.admin.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH"),
    "another challenge": lambda pool: pending(pool, "NEW_ONE").answer({"CREDENTIAL": CODE}),
}


def _echo(operation: str, body: dict[str, Any]) -> Answer:
    """Refuse the request, and repeat it in the error message."""
    return refusal("InvalidParameterException", json.dumps(body))


def _dies(operation: str, body: dict[str, Any]) -> Answer:
    return httpx.ReadError(json.dumps(body), request=httpx.Request("POST", "http://x", json=body))


def _unreachable(operation: str, body: dict[str, Any]) -> Answer:
    return httpx.ConnectError(json.dumps(body))


def _nonsense(operation: str, body: dict[str, Any]) -> Answer:
    return {"Session": body, "AuthenticationResult": body, "UserSub": body, "Username": body, "UserConfirmed": body}


def _breaks(operation: str, body: dict[str, Any]) -> Answer:
    return RuntimeError(json.dumps(body))


def _asks_for_proofs(operation: str, body: dict[str, Any]) -> Answer:
    """Ask for a device proof at an unexpected time, and repeat the request in the challenge."""
    name = "DEVICE_SRP_AUTH" if operation == "InitiateAuth" else "DEVICE_PASSWORD_VERIFIER"
    return {"ChallengeName": name, "Session": json.dumps(body), "ChallengeParameters": {"SRP_B": json.dumps(body)}}


SERVERS = [_echo, _dies, _unreachable, _nonsense, _breaks, _asks_for_proofs]


@pytest.mark.parametrize(("call", "server"), each_row([*CALLS, *NEED_NO_REPLY], SERVERS, of=3))
async def test_failing_calls_show_no_secret(watch: Watch, server: Any, call: str) -> None:
    watch.secrets |= tokens_of(TOKENS) | tokens_of(EXPIRED) | {CODE, SESSION, DEVICE.password, TOTP_SECRET, WEAK}
    credentials = Credentials("AKIDEXAMPLE", ACCESS_KEY, SESSION_TOKEN)
    watch.secrets |= {ACCESS_KEY, SESSION_TOKEN, secret_hash("alice", CLIENT_ID, SECRET)}
    pool, recorder = serving(server, client_secret=SECRET, hooks=watch.hooks, credentials=credentials)
    try:
        watch.see("the result", await {**CALLS, **NEED_NO_REPLY}[call](pool))
        assert call in NEED_NO_REPLY and server in (_nonsense, _asks_for_proofs)
    except errors.CognitoError as error:
        watch.see_error(f"{call} with the server {server.__name__}", error)
    watch.see("pool", pool)
    assert recorder.calls and watch.hooked == recorder.operations


@pytest.mark.parametrize("call", ["sign_in with the password", "admin.set_password", "change_password"])
async def test_calls_that_cannot_connect_show_no_secret(watch: Watch, call: str) -> None:
    watch.secrets |= tokens_of(TOKENS) | {WEAK, ACCESS_KEY, SESSION_TOKEN}
    keys = Credentials("AKIDEXAMPLE", ACCESS_KEY, SESSION_TOKEN)
    options: Any = {"endpoint": "http://127.0.0.1:1", "credentials": keys, "hooks": watch.hooks}
    async with UserPool(*BINDING, client_secret=SECRET, retry=RetryPolicy(max_attempts=1), **options) as pool:
        with pytest.raises(errors.ConnectFailed) as caught:
            await {**CALLS, **NEED_NO_REPLY}[call](pool)
    watch.see_error(call, caught.value)
