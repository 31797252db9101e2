"""Streams and listeners of the events of an `Auth`."""

from __future__ import annotations

import gc
import logging
from typing import Any

import anyio
import pytest

from cognito_async import AuthEvent, UserPool, errors
from tests.support import scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio


async def test_event_stream_ends_with_its_block() -> None:
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
    assert names == ["sign_in", "sign_out", "sign_in"], "events from before `close` must still be delivered"
    await auth.sign_out()
    assert [event async for event in events] == []


async def test_closing_an_auth_ends_only_its_own_streams() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    first, second = pool.auth(), pool.auth()
    ended: list[bool] = []
    with second.events() as others:

        async def read() -> None:
            async for _ in first.events():
                raise AssertionError("this Auth has no events")
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
async def test_full_stream_drops_the_oldest_events() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    user = (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    with auth.events() as events:
        dropped = auth.events()
        assert len(auth._events._queues) == 2
        del dropped
        gc.collect()
        assert len(auth._events._queues) == 1
        for _ in range(1000):
            auth._events.emit("token_refresh", user)
        auth._events.emit("sign_out", user)
    names = [event.name async for event in events]
    assert len(names) == 1000 and names[-1] == "sign_out"


async def test_failing_listener_is_logged_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()

    def broken(event: AuthEvent) -> None:
        raise RuntimeError("a faulty listener")

    auth.on_event(broken)
    received: list[AuthEvent] = []
    auth.on_event(received.append)
    with caplog.at_level(logging.ERROR, "cognito_async"):
        assert (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert [(event.name, event.error) for event in received] == [("sign_in", None)]
    assert "listener" in caplog.text and "a faulty listener" in caplog.text


async def test_listener_can_be_removed_and_must_be_a_plain_function() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    received: list[AuthEvent] = []
    end = auth.on_event(received.append)
    end()
    end()
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert received == []

    async def async_listener(event: AuthEvent) -> None: ...

    for listener in (async_listener, None, "no"):
        with pytest.raises(errors.ConfigurationError, match="plain function"):
            auth.on_event(listener)  # type: ignore[arg-type]


def test_listening_needs_no_event_loop() -> None:
    pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890")
    auth = pool.auth()
    auth.events().close()
    auth.on_event(print)()


async def test_cancelled_reader_loses_no_event() -> None:
    pool, _ = scripted(tokens_reply())
    auth = pool.auth()
    with auth.events() as events:
        with anyio.move_on_after(0):
            async for _ in events:
                raise AssertionError("there are no events yet")
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anext(events)
        assert (await anext(events)).name == "sign_in"


async def test_two_readers_of_one_stream_share_its_events() -> None:
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


def test_stream_continues_in_the_next_event_loop() -> None:
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


async def test_listener_registered_twice_is_removed_one_by_one() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    received: list[AuthEvent] = []
    end = auth.on_event(received.append)
    auth.on_event(received.append)
    end()
    end()
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert len(received) == 1


async def test_listener_may_remove_listeners_during_an_event() -> None:
    pool, _ = serving(lambda operation, body: tokens_reply())
    auth = pool.auth()
    received: list[str] = []
    ends: list[Any] = []

    def first(event: AuthEvent) -> None:
        received.append(event.name)
        for end in ends:
            end()

    ends += [auth.on_event(first), auth.on_event(lambda event: received.append("second listener"))]
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    await auth.sign_out()
    assert received == ["sign_in"]


async def test_object_with_an_async_call_is_refused_as_a_listener() -> None:
    class AsyncListener:
        async def __call__(self, event: AuthEvent) -> None: ...

    pool, _ = serving(lambda operation, body: tokens_reply())
    with pytest.raises(errors.ConfigurationError, match="plain function"):
        pool.auth().on_event(AsyncListener())
