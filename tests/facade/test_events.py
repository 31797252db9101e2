"""What an `Auth` tells: each call that changes something, what fails, and what happens by itself."""

from __future__ import annotations

import gc
import logging
from typing import Any

import anyio
import pytest

from cognito_async import Auth, AuthEvent, MemoryStore, Tokens, UserPool, challenges, errors
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.support import USER_CALLS, jwt, make_user, refusal, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"


def listening(auth: Auth) -> list[tuple[str, str | None, str | None]]:
    """From now on: the name of each event, whom it concerns, and the type of its error."""
    told: list[tuple[str, str | None, str | None]] = []

    def note(event: AuthEvent) -> None:
        user = event.user.username if event.user is not None else None
        told.append((event.name, user, type(event.error).__name__ if event.failed else None))

    auth.on_event(note)
    return told


async def test_the_life_of_an_account_is_told_call_by_call() -> None:
    local = LocalUserPool(PoolSettings(mfa="OPTIONAL"))
    auth = local.auth()
    told = listening(auth)
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
    assert told == [
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


async def test_a_sign_in_is_told_when_its_last_challenge_is_answered() -> None:
    local = LocalUserPool(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    await make_user(local)
    auth = local.auth()
    told = listening(auth)
    asked = (await auth.sign_in("alice", flow="USER_AUTH", preferred_challenge="EMAIL_OTP")).challenge
    assert isinstance(asked, challenges.EmailOtp) and told == []
    with pytest.raises(errors.CodeMismatchException):
        await asked.answer("000000")
    await asked.answer(local.outbox[-1].code)
    assert told == [("sign_in", "alice", "CodeMismatchException"), ("sign_in", "alice", None)]


async def test_who_is_found_in_the_store_is_told_as_restored() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    store = MemoryStore()
    await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    auth = pool.auth(store=store)
    told = listening(auth)
    await auth.current_user()
    await auth.current_user()
    assert told == [("restore", "alice", None)]


async def test_failing_and_ending_renewals_are_told_once_for_all_who_asked() -> None:
    answers: list[Any] = [tokens_reply(), refusal("InternalErrorException", "x", 500)]
    pool, _ = serving(lambda operation, body: answers.pop(0) if answers else refusal("NotAuthorizedException", "over"))
    auth = pool.auth()
    user = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    told = listening(auth)

    async def ask() -> None:
        with pytest.raises(errors.CognitoError):
            await user.refresh()

    for _ in range(2):
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(ask)
    assert told == [("token_refresh", "alice", "InternalErrorException"), ("sign_out", "alice", "SessionExpired")]


async def test_a_pool_tells_nobody_and_its_users_make_their_calls_all_the_same() -> None:
    pool, recorder = serving(lambda operation, body: {"Status": "SUCCESS"})
    user = pool.user_from_tokens(Tokens(jwt(username="alice", exp=4e9), None, "refresh"))
    for name in ("update_attributes", "verify_totp", "delete"):
        await USER_CALLS[name](user)
    assert len(recorder.calls) == 3


async def test_events_are_read_as_a_stream_that_ends_with_its_block() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    names: list[str] = []
    with auth.events() as events:
        async with anyio.create_task_group() as group:

            async def read() -> None:
                async for event in events:
                    names.append(event.name)
                    assert event.at == pool._client.clock.now() or event.at.tzinfo is not None

            group.start_soon(read)
            await anyio.wait_all_tasks_blocked()
            user = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
            await user.sign_out()
            await anyio.wait_all_tasks_blocked()
            assert names == ["sign_in", "sign_out"]
            await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
            events.close()
    assert names == ["sign_in", "sign_out", "sign_in"], "what had happened by then is still read"
    await auth.sign_out()
    assert [event async for event in events] == []


async def test_a_stream_ends_with_its_auth_and_others_go_on() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    first, second = pool.auth(), pool.auth()
    ended: list[bool] = []
    with second.events() as others:

        async def read() -> None:
            async for _ in first.events():
                raise AssertionError("nothing happens here")
            ended.append(True)

        async with anyio.create_task_group() as group, first:
            group.start_soon(read)
            await anyio.wait_all_tasks_blocked()
            await first.aclose()
        assert ended == [True]
        await second.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
        async for event in others:
            assert event.name == "sign_in" and event.user is not None and event.user.signed_in
            break


@pytest.mark.usefixtures("little_to_search")
async def test_who_reads_too_slowly_misses_the_oldest_and_who_stops_reading_costs_nothing() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    user = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    with auth.events() as events:
        forgotten = auth.events()
        assert len(auth._events._queues) == 2
        del forgotten
        gc.collect()
        assert len(auth._events._queues) == 1
        for _ in range(1000):
            auth._events.emit("token_refresh", user)
        auth._events.emit("sign_out", user)
    names = [event.name async for event in events]
    assert len(names) == 1000 and names[-1] == "sign_out"


async def test_a_listener_that_fails_is_logged_and_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()

    def broken(event: AuthEvent) -> None:
        raise RuntimeError("my own mistake")

    auth.on_event(broken)
    told = listening(auth)
    with caplog.at_level(logging.ERROR, "cognito_async"):
        assert (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert told == [("sign_in", "alice", None)]
    assert "listener" in caplog.text and "my own mistake" in caplog.text


async def test_a_listener_can_be_taken_away_and_an_async_one_is_refused() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    told: list[AuthEvent] = []
    end = auth.on_event(told.append)
    end()
    end()
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert told == []

    async def waiting(event: AuthEvent) -> None: ...

    for listener in (waiting, None, "no"):
        with pytest.raises(errors.ConfigurationError, match="plain function"):
            auth.on_event(listener)  # type: ignore[arg-type]


async def test_no_event_shows_a_secret() -> None:
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


def test_an_auth_can_be_listened_to_before_there_is_an_event_loop() -> None:
    pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890")
    auth = pool.auth()
    auth.events().close()
    auth.on_event(print)()


async def test_a_reader_that_is_cancelled_loses_no_event() -> None:
    pool, _ = scripted(tokens_reply())
    auth = pool.auth()
    with auth.events() as events:
        with anyio.move_on_after(0):
            async for _ in events:
                raise AssertionError("nothing has happened yet")
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anext(events)
        assert (await anext(events)).name == "sign_in"


async def test_two_who_read_one_stream_share_its_events_and_both_end() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    names: list[str] = []
    with auth.events() as events:

        async def read() -> None:
            async for event in events:
                names.extend([event.name])

        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:
                group.start_soon(read)
                group.start_soon(read)
                await anyio.wait_all_tasks_blocked()
                await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
                await anyio.wait_all_tasks_blocked()
                await auth.sign_out()
                await anyio.wait_all_tasks_blocked()
                events.close()
    assert names == ["sign_in", "sign_out"]


def test_a_stream_goes_on_in_the_next_event_loop() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    names: list[str] = []
    with auth.events() as events:

        async def read() -> None:
            async for event in events:
                names.extend([event.name])

        async def run() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(read)
                await anyio.wait_all_tasks_blocked()
                await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
                await anyio.wait_all_tasks_blocked()
                group.cancel_scope.cancel()

        for backend in ("asyncio", "trio", "asyncio"):
            anyio.run(run, backend=backend)
    assert names == ["sign_in"] * 3


async def test_a_listener_that_is_given_twice_is_taken_away_one_at_a_time() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    told: list[AuthEvent] = []
    end = auth.on_event(told.append)
    auth.on_event(told.append)
    end()
    end()
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert len(told) == 1


async def test_a_listener_may_take_itself_and_others_away_while_it_is_told() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    told: list[str] = []
    ends: list[Any] = []

    def first(event: AuthEvent) -> None:
        told.append(event.name)
        for end in ends:
            end()

    ends += [auth.on_event(first), auth.on_event(lambda event: told.append("the second one"))]
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    await auth.sign_out()
    assert told == ["sign_in"]


async def test_an_object_whose_call_is_async_is_refused_as_a_listener() -> None:
    class Waiting:
        async def __call__(self, event: AuthEvent) -> None: ...

    pool, _ = serving(lambda operation, body: tokens_reply())
    with pytest.raises(errors.ConfigurationError, match="plain function"):
        pool.auth().on_event(Waiting())


async def test_a_sign_out_is_told_as_soon_as_it_is_certain_here() -> None:
    async def server(operation: str, body: dict[str, Any]) -> Any:
        if operation == "RevokeToken":
            assert told == [("sign_out", "alice", None)]
            scope.cancel()
            await anyio.sleep_forever()
        return tokens_reply()

    pool, _ = serving(server)
    auth = pool.auth()
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    told = listening(auth)
    with anyio.CancelScope() as scope:
        await auth.sign_out()
    assert scope.cancelled_caught and told == [("sign_out", "alice", None)]


@pytest.mark.parametrize("wrong", [{"client_metadata": 5}, {"user_context": 5}, {"timeout": -1}])
async def test_a_sign_in_with_a_bad_argument_is_reported(wrong: Any) -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    seen: list[tuple[str, bool]] = []
    auth.on_event(lambda event: seen.append((event.name, event.failed)))
    with pytest.raises(errors.ConfigurationError):
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", **wrong)
    assert seen == [("sign_in", True)]


async def test_calls_of_a_user_without_a_stored_session_are_not_reported() -> None:
    pool, _ = serving(lambda operation, body: {"UserSub": "sub"})
    auth = pool.auth()
    user = (await auth.sign_up("alice", "p")).user
    seen: list[str] = []
    auth.on_event(lambda event: seen.append(event.name))
    with pytest.raises(errors.NotSignedIn):
        await user.delete()
    assert seen == []
