"""The events of an `Auth`: one for each call that changes something or fails, and for changes that no call made."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async import Auth, AuthEvent, MemoryStore, Tokens, challenges, errors
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.support import USER_CALLS, jwt, make_user, refusal, serving, tokens_reply

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"


def record_events(auth: Auth) -> list[tuple[str, str | None, str | None]]:
    """Return a list that receives the name, the username and the error type of each event from now on."""
    received: list[tuple[str, str | None, str | None]] = []

    def note(event: AuthEvent) -> None:
        user = event.user.username if event.user is not None else None
        received.append((event.name, user, type(event.error).__name__ if event.failed else None))

    auth.on_event(note)
    return received


async def test_every_call_of_an_account_emits_an_event() -> None:
    local = LocalUserPool(PoolSettings(mfa="OPTIONAL"))
    auth = local.auth()
    received = record_events(auth)
    with pytest.raises(errors.InvalidPasswordException):
        await auth.sign_up("alice", "short")
    signed_up = await auth.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"})
    with pytest.raises(errors.CodeMismatchException):
        await auth.confirm_sign_up("alice", "000000")
    confirmed = await auth.confirm_sign_up("alice", local.outbox[-1].code, sign_up=signed_up)
    user = (await auth.auto_sign_in(confirmed)).user
    with pytest.raises(errors.NotAuthorizedException):
        await auth.auto_sign_in(confirmed)
    await user.refresh()
    await user.update_attributes({"nickname": "Al"})
    with pytest.raises(errors.InvalidParameterException):
        await user.update_attributes({"no such thing": "x"})
    setup = await user.setup_totp()
    with pytest.raises(errors.EnableSoftwareTokenMFAException):
        await setup.verify("000000")
    await setup.verify(totp_code(setup.secret, local.clock.now()))
    await auth.sign_out()
    with pytest.raises(errors.NotAuthorizedException):
        await auth.sign_in("alice", "wrong")
    await auth.forgot_password("alice")
    with pytest.raises(errors.CodeMismatchException):
        await auth.confirm_forgot_password("alice", "000000", "N3w-password")
    await auth.confirm_forgot_password("alice", local.outbox[-1].code, "N3w-password")
    user = (await auth.sign_in("alice", "N3w-password")).user
    await user.delete()
    assert received == [
        ("sign_up", "alice", "InvalidPasswordException"),
        ("sign_up", "alice", None),
        ("confirm_sign_up", "alice", "CodeMismatchException"),
        ("confirm_sign_up", "alice", None),
        ("auto_sign_in", "alice", None),
        ("auto_sign_in", "alice", "NotAuthorizedException"),
        ("token_refresh", "alice", None),
        ("update_attributes", "alice", None),
        ("update_attributes", "alice", "InvalidParameterException"),
        ("verify_totp", "alice", "EnableSoftwareTokenMFAException"),
        ("verify_totp", "alice", None),
        ("sign_out", "alice", None),
        ("sign_in", "alice", "NotAuthorizedException"),
        ("forgot_password", "alice", None),
        ("confirm_forgot_password", "alice", "CodeMismatchException"),
        ("confirm_forgot_password", "alice", None),
        ("sign_in", "alice", None),
        ("delete_user", "alice", None),
        ("sign_out", "alice", None),
    ]


async def test_sign_in_is_reported_after_its_last_challenge() -> None:
    local = LocalUserPool(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    await make_user(local)
    auth = local.auth()
    received = record_events(auth)
    asked = (await auth.sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(asked, challenges.EmailOtp) and received == []
    with pytest.raises(errors.CodeMismatchException):
        await asked.answer("000000")
    await asked.answer(local.outbox[-1].code)
    assert received == [("sign_in", "alice", "CodeMismatchException"), ("sign_in", "alice", None)]


async def test_user_from_the_store_is_reported_as_restored() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    store = MemoryStore()
    await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    auth = pool.auth(store=store)
    received = record_events(auth)
    await auth.current_user()
    await auth.current_user()
    assert received == [("restore", "alice", None)]


async def test_shared_failed_refresh_is_reported_once() -> None:
    answers: list[Any] = [tokens_reply(), refusal("InternalErrorException", "x", 500)]
    pool, _ = serving(lambda operation, body: answers.pop(0) if answers else refusal("NotAuthorizedException", "over"))
    auth = pool.auth()
    user = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    received = record_events(auth)

    async def refresh() -> None:
        with pytest.raises(errors.CognitoError):
            await user.refresh()

    for _ in range(2):
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(refresh)
    assert received == [("token_refresh", "alice", "InternalErrorException"), ("sign_out", "alice", "SessionExpired")]


async def test_user_without_an_auth_makes_calls_without_events() -> None:
    pool, recorder = serving(lambda operation, body: {"Status": "SUCCESS"})
    user = pool.user_from_tokens(Tokens(jwt(username="alice", exp=4e9), None, "refresh"))
    for name in ("update_attributes", "verify_totp", "delete"):
        await USER_CALLS[name](user)
    assert len(recorder.calls) == 3


async def test_events_show_no_secret() -> None:
    local = LocalUserPool(client=AppClientSettings(secret="s" * 32))
    await make_user(local)
    auth = local.auth()
    events: list[AuthEvent] = []
    auth.on_event(events.append)
    user = (await auth.sign_in("alice", PASSWORD)).user
    secrets = [value for value in user.tokens.reveal().values() if isinstance(value, str) and len(value) > 10]
    await user.refresh()
    with pytest.raises(errors.NotAuthorizedException):
        await auth.sign_in("alice", "Wr0ng-passw0rd")
    shown = repr(events)
    assert len(events) == 3 and not any(secret in shown for secret in [*secrets, PASSWORD, "Wr0ng-passw0rd"])


async def test_sign_out_is_reported_as_soon_as_the_local_session_has_ended() -> None:
    async def server(operation: str, body: dict[str, Any]) -> Any:
        if operation == "RevokeToken":
            assert received == [("sign_out", "alice", None)]
            scope.cancel()
            await anyio.sleep_forever()
        return tokens_reply()

    pool, _ = serving(server)
    auth = pool.auth()
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    received = record_events(auth)
    with anyio.CancelScope() as scope:
        await auth.sign_out()
    assert scope.cancelled_caught and received == [("sign_out", "alice", None)]


@pytest.mark.parametrize("wrong", [{"client_metadata": 5}, {"user_context": 5}, {"timeout": -1}])
async def test_sign_in_with_an_invalid_argument_is_reported(wrong: Any) -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    seen: list[tuple[str, bool]] = []
    auth.on_event(lambda event: seen.append((event.name, event.failed)))
    with pytest.raises(errors.ConfigurationError):
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", **wrong)
    assert seen == [("sign_in", True)]


async def test_calls_of_a_user_without_a_session_are_not_reported() -> None:
    pool, _ = serving(lambda operation, body: {"UserSub": "sub"})
    auth = pool.auth()
    user = (await auth.sign_up("alice", "p")).user
    seen: list[str] = []
    auth.on_event(lambda event: seen.append(event.name))
    with pytest.raises(errors.NotSignedIn):
        await user.delete()
    assert seen == []
