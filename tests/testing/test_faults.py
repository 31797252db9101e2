"""`LocalUserPool.faults`: throttled, refused and late requests and lost replies, for a client in the same process."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cognito_async import RetryPolicy, UserPool, errors
from cognito_async.local import LocalTransport, LocalUserPool

ONCE = RetryPolicy(max_attempts=1)
URL = "http://localhost/us-east-1_LocalPool/.well-known/jwks.json"


@pytest.fixture
def local() -> LocalUserPool:
    local = LocalUserPool()
    local.make_user("alice", password="Passw0rd!")
    return local


async def sign_in(local: LocalUserPool, retry: RetryPolicy | None = ONCE) -> UserPool:
    pool = local.user_pool() if retry is None else local.user_pool(retry=retry)
    assert (await pool.sign_in("alice", "Passw0rd!")).signed_in
    return pool


async def sign_up(local: LocalUserPool, name: str = "bob") -> None:
    await local.user_pool(retry=ONCE).sign_up(name, "Passw0rd!")


@pytest.mark.anyio
async def test_throttled_call_is_repeated_and_fails_if_it_always_is(local: LocalUserPool) -> None:
    local.faults.throttle("InitiateAuth")
    await sign_in(local, retry=None)
    local.faults.throttle("InitiateAuth", times=None)
    with pytest.raises(errors.TooManyRequestsException):
        await sign_in(local, retry=None)
    local.faults.clear()
    await sign_in(local)


@pytest.mark.anyio
async def test_fault_affects_the_named_operation_as_often_as_it_says(local: LocalUserPool) -> None:
    local.faults.throttle("RespondToAuthChallenge", times=2)
    await sign_up(local)
    for _ in range(2):
        with pytest.raises(errors.TooManyRequestsException, match="RespondToAuthChallenge"):
            await sign_in(local)
    await sign_in(local)


@pytest.mark.anyio
async def test_fault_without_a_name_affects_all_operations_but_no_document(local: LocalUserPool) -> None:
    token = local.make_user().access_token
    local.faults.throttle(times=2)
    async with httpx.AsyncClient(transport=LocalTransport(local.service)) as client:
        assert (await client.get("http://localhost/health")).status_code == 200
    assert (await local.user_pool().verifier().verify(token)).username == "user-2"
    with pytest.raises(errors.TooManyRequestsException):
        await sign_up(local)
    with pytest.raises(errors.TooManyRequestsException):
        await sign_in(local)
    await sign_in(local)


@pytest.mark.anyio
async def test_refused_call_has_the_given_error(local: LocalUserPool) -> None:
    local.faults.refuse("SignUp", "CodeDeliveryFailureException", "no such address")
    local.faults.refuse("SignUp", "LimitExceededException")
    with pytest.raises(errors.CodeDeliveryFailureException, match="no such address"):
        await sign_up(local)
    with pytest.raises(errors.LimitExceededException):
        await sign_up(local)
    await sign_up(local)


@pytest.mark.anyio
async def test_internal_error_is_repeated(local: LocalUserPool) -> None:
    local.faults.refuse("InitiateAuth", "InternalErrorException")
    await sign_in(local, retry=None)


@pytest.mark.anyio
async def test_late_call_is_not_carried_out_and_its_outcome_is_unknown(local: LocalUserPool) -> None:
    local.faults.time_out("SignUp")
    with pytest.raises(errors.OutcomeUnknown):
        await sign_up(local)
    await sign_up(local)


@pytest.mark.anyio
async def test_call_is_carried_out_although_its_reply_is_lost(local: LocalUserPool) -> None:
    local.faults.lose_reply("SignUp")
    with pytest.raises(errors.OutcomeUnknown):
        await sign_up(local)
    with pytest.raises(errors.UsernameExistsException):
        await sign_up(local)


@pytest.mark.anyio
async def test_other_clients_get_the_errors_of_httpx(local: LocalUserPool) -> None:
    for transport in (LocalTransport(local.service), httpx.ASGITransport(local.app)):
        local.faults.time_out("jwks")
        local.faults.lose_reply("jwks")
        async with httpx.AsyncClient(transport=transport) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(URL)
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(URL)
            assert (await client.get(URL)).status_code == 200


@pytest.mark.anyio
async def test_keys_can_be_unavailable(local: LocalUserPool) -> None:
    token = local.make_user().access_token
    for fault in (local.faults.throttle, local.faults.time_out, local.faults.lose_reply):
        fault("jwks", times=None)
        with pytest.raises(errors.KeysUnavailable):
            await local.user_pool().verifier().verify(token)
        local.faults.clear()
    assert await local.user_pool().verifier().verify(token)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda faults: faults.throttle("SignIn"), "the local pool has no operation 'SignIn'"),
        (lambda faults: faults.time_out(5), "the local pool has no operation 5"),
        (lambda faults: faults.throttle(times=0), "times must be a positive number, or None for all requests"),
        (lambda faults: faults.lose_reply(times=1.5), "times must be a positive number, or None for all requests"),
        (lambda faults: faults.refuse("SignUp", "no name"), "code must be the name of an error"),
        (lambda faults: faults.refuse("SignUp", None), "code must be the name of an error"),
        (lambda faults: faults.refuse("SignUp", "XError", 5), "message must be a str"),
        (lambda faults: faults.refuse("jwks", "LimitExceededException"), "refuse needs the name of an operation"),
        (lambda faults: faults.refuse(None, "LimitExceededException"), "refuse needs the name of an operation"),
    ],
)
def test_wrong_fault_is_refused(call: Any, text: str, local: LocalUserPool) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        call(local.faults)
    assert caught.value.message.startswith(text)


def test_faults_show_their_kinds_and_operations(local: LocalUserPool) -> None:
    local.faults.throttle()
    local.faults.lose_reply("SignUp")
    assert repr(local.faults) == "Faults(refusal of any operation, lost reply of SignUp)"
