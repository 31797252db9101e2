"""Failures of ConfirmDevice: the sign-in succeeds, and a device that the service does not know is not stored."""

from __future__ import annotations

import json
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import DeviceSecret, MemoryStore, errors
from cognito_async._stores.store import record_key
from cognito_async.local import MovableClock
from tests.support import BINDING, DEVICE_KEY, Answer, refusal, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

RECORD = record_key("device", BINDING, "alice")
DEVICE_SRP = {"ChallengeName": "DEVICE_SRP_AUTH", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
VERIFIER = {"USERNAME": "alice", "SRP_B": "2", "SALT": "0a", "SECRET_BLOCK": "AA=="}
DEVICE_VERIFIER = {**DEVICE_SRP, "ChallengeName": "DEVICE_PASSWORD_VERIFIER", "ChallengeParameters": VERIFIER}


def reply_with_device(**claims: Any) -> dict[str, Any]:
    reply = tokens_reply(**claims)
    reply["AuthenticationResult"]["NewDeviceMetadata"] = {"DeviceKey": DEVICE_KEY, "DeviceGroupKey": "-grpKey"}
    return reply


FAILURES: list[Answer] = [
    refusal("InvalidParameterException", "no"),
    refusal("NotAuthorizedException", "Access Token has been revoked"),
    refusal("DeviceKeyExistsException", "exists"),
    refusal("InternalErrorException", status=500),
    refusal("NotYetInvented", "later"),
    httpx.ReadError("the reply was lost"),
    httpx.ConnectError("no connection"),
    {"UserConfirmationNecessary": "perhaps"},
    {"UserConfirmationNecessary": {"a": 1}},
    RuntimeError("a faulty client"),
]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.table
async def test_sign_in_succeeds_although_confirm_device_fails(failure: Answer) -> None:
    store = MemoryStore()
    pool, recorder = serving(lambda operation, body: failure if operation == "ConfirmDevice" else reply_with_device())
    auth = pool.auth(store=store)
    result = await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert result.signed_in and result.user.device_secret is None and await auth.current_user() is result.user
    assert recorder.operations[0] == "InitiateAuth" and set(recorder.operations[1:]) == {"ConfirmDevice"}
    assert await store.load(RECORD) is None


async def test_slow_confirmation_does_not_fail_the_sign_in() -> None:
    clock = MovableClock()

    async def answer(operation: str, body: dict[str, Any]) -> Answer:
        if operation == "ConfirmDevice":
            clock.advance(6)
            await anyio.lowlevel.checkpoint()
        return reply_with_device()

    pool, recorder = serving(answer, clock=clock)
    result = await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", timeout=5)
    assert result.signed_in and result.user.device_secret is None and recorder.operations[-1] == "ConfirmDevice"


async def test_cancelled_confirmation_stores_no_device() -> None:
    scope, store = anyio.CancelScope(), MemoryStore()

    async def answer(operation: str, body: dict[str, Any]) -> Answer:
        if operation == "ConfirmDevice":
            scope.cancel()
            await anyio.sleep_forever()
        return reply_with_device()

    pool, _ = serving(answer)
    with scope:
        await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert scope.cancelled_caught and await store.load(RECORD) is None


async def test_refresh_sends_the_tokens_device_key_even_if_unconfirmed() -> None:
    claims = {"device_key": DEVICE_KEY}
    pool, recorder = scripted(reply_with_device(**claims), refusal("InvalidParameterException"), tokens_reply(**claims))
    user = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    await user.refresh()
    assert recorder.calls[-1][1]["DeviceKey"] == DEVICE_KEY


# --- devices whose proof is refused ---


@pytest.mark.parametrize("code", ["NotAuthorizedException", "ResourceNotFoundException"])
@pytest.mark.parametrize("before", [[DEVICE_SRP], [DEVICE_SRP, DEVICE_VERIFIER]], ids=["first step", "proof"])
async def test_refused_device_is_forgotten_and_explained(before: list[Answer], code: str) -> None:
    store = MemoryStore()
    stored = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "damaged-password")
    await store.save(RECORD, stored.to_state())
    pool, recorder = scripted(*before, refusal(code, "Incorrect username or password."), tokens_reply())
    auth = pool.auth(store=store)
    with pytest.raises(errors.UnexpectedChallenge, match=r"remembered device.*: sign in again") as caught:
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert (caught.value.code, caught.value.operation) == (code, "RespondToAuthChallenge")
    assert "damaged-password" not in json.dumps(recorder.calls) + repr(caught.value)
    assert (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert "DEVICE_KEY" not in recorder.calls[-1][1]["AuthParameters"]


async def test_refused_device_does_not_raise_the_error_of_a_wrong_password() -> None:
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "damaged-password")
    pool, recorder = scripted(DEVICE_SRP, refusal("NotAuthorizedException"), tokens_reply())
    with pytest.raises(errors.UnexpectedChallenge):
        await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", device=device)
    assert (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert "DEVICE_KEY" not in recorder.calls[-1][1]["AuthParameters"]


async def test_device_secret_lost_between_steps_is_explained() -> None:
    sms = {**DEVICE_SRP, "ChallengeName": "SMS_MFA"}
    store = MemoryStore()
    await store.save(RECORD, DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password").to_state())
    pool, _ = scripted(sms, DEVICE_SRP, tokens_reply())
    auth = pool.auth(store=store)
    challenge: Any = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    await store.delete(RECORD)
    with pytest.raises(errors.UnexpectedChallenge, match="sign in again"):
        await challenge.answer("123456")
    assert (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
