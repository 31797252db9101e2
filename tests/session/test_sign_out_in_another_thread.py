"""A sign-out in one thread, while another thread is about to refresh the session."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from cognito_async import CognitoUser, MemoryStore, Tokens, errors
from cognito_async._core.concurrency.process_flights import ProcessFlights
from tests.support import Answer, adopt, jwt, serving, tokens_reply
from tests.threads import PATIENCE, run_in_threads


def due_tokens() -> Tokens:
    return Tokens(jwt(username="alice", exp=int(time.time()) + 10), None, "refresh-0")


def answer(operation: str, body: dict[str, Any]) -> Answer:
    return {} if operation == "RevokeToken" else tokens_reply(refresh_token="refresh-1", number=1)


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Hold the first refresh before another thread can see it. Return the events "is held" and "may go on"."""
    held, may_go_on = threading.Event(), threading.Event()
    run = ProcessFlights[Any].run

    async def held_run(self: ProcessFlights[Any], *args: Any) -> Any:
        if not held.is_set():
            held.set()
            assert await anyio.to_thread.run_sync(may_go_on.wait, PATIENCE)
        return await run(self, *args)

    monkeypatch.setattr(ProcessFlights, "run", held_run)
    return held, may_go_on


def signs_out(user: CognitoUser, held: threading.Event, may_go_on: threading.Event) -> Callable[[], Awaitable[None]]:
    async def sign_out() -> None:
        assert await anyio.to_thread.run_sync(held.wait, PATIENCE)
        assert (await user.sign_out()).remote == "done"
        may_go_on.set()

    return sign_out


@pytest.mark.parametrize("is_stored", [False, True])
def test_refresh_that_starts_after_a_sign_out_is_not_sent(
    is_stored: bool, between: tuple[threading.Event, threading.Event]
) -> None:
    """Otherwise nobody would revoke the refresh token that it brings."""
    pool, recorder = serving(answer)
    user, auth = pool.user_from_tokens(due_tokens()), pool.auth(store=MemoryStore())
    failures: list[str] = []
    auth.on_event(lambda event: failures.append(event.name) if event.error is not None else None)

    async def refresh() -> None:
        if is_stored:
            await adopt(auth, user)
        with pytest.raises(errors.NotSignedIn, match="signed out during the call"):
            await user.session()

    run_in_threads(refresh, signs_out(user, *between))
    assert recorder.operations == ["RevokeToken"]
    assert not user.signed_in and not failures


def test_copy_that_shares_this_refresh_starts_one_of_its_own(between: tuple[threading.Event, threading.Event]) -> None:
    pool, recorder = serving(answer)
    user, copy = pool.user_from_tokens(due_tokens()), pool.user_from_tokens(due_tokens())
    got: list[Tokens] = []

    async def refresh() -> None:
        with pytest.raises(errors.NotSignedIn):
            await user.session()

    async def refresh_both() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(refresh)
            await anyio.wait_all_tasks_blocked()
            got.append(await copy.session())

    run_in_threads(refresh_both, signs_out(user, *between))
    assert recorder.operations == ["RevokeToken", "GetTokensFromRefreshToken"]
    assert got[0].refresh_token == copy.tokens.refresh_token == "refresh-1"


def test_threads_that_sign_out_at_once_send_one_request() -> None:
    pool, recorder = serving(answer)
    user, start = pool.user_from_tokens(due_tokens()), threading.Barrier(8)

    async def sign_out() -> str:
        start.wait(PATIENCE)
        return (await user.sign_out()).remote

    assert sorted(run_in_threads(*[sign_out] * 8)) == ["done", *["none"] * 7]
    assert recorder.operations == ["RevokeToken"]
