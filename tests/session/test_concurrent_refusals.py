"""Refused calls while others run: they share one check, and a sign-out or a cancellation cannot disturb it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cognito_async import CognitoUser, Tokens, errors
from cognito_async.local import MovableClock
from tests.session.refusing import HARMLESS, NO_SCOPE, OVER, PROOFS, REFRESH, REVOKED, Stored, refused_user
from tests.session.token_service import pool_of
from tests.support import USER_CALLS, Answer, Recorder, adopt, jwt
from tests.threads import run_in_threads

pytestmark = pytest.mark.anyio

CHECKED = [name for name in USER_CALLS if name not in PROOFS]


class Gate:
    """Holds the replies to one operation, before the service computes them."""

    def __init__(self, recorder: Recorder, operation: str) -> None:
        self.reached, self.open = anyio.Event(), anyio.Event()
        self._answer: Callable[..., Any] = recorder.answers  # type: ignore[assignment]
        self._operation = operation
        recorder.answers = self._hold

    async def _hold(self, operation: str, body: dict[str, Any]) -> Answer:
        if operation == self._operation:
            self.reached.set()
            await self.open.wait()
        answer: Answer = self._answer(operation, body)
        return answer


async def outcome(call: Callable[[Any], Awaitable[Any]], user: CognitoUser, outcomes: list[str]) -> None:
    try:
        await call(user)
    except errors.CognitoError as error:
        outcomes.append(type(error).__name__)
    else:
        outcomes.append("ok")


@pytest.mark.parametrize("spread", [False, True])
async def test_concurrent_calls_of_an_ended_session_share_one_check(spread: bool) -> None:
    stored = await Stored().adopted()
    stored.service.refuse = lambda operation: REVOKED
    stored.service.refreshes.append(OVER)
    outcomes: list[str] = []

    async def call(number: int) -> None:
        for _ in range(number * spread):
            await anyio.lowlevel.checkpoint()
        await outcome(USER_CALLS[CHECKED[number % len(CHECKED)]], stored.user, outcomes)

    async with anyio.create_task_group() as group:
        for number in range(60):
            group.start_soon(call, number)
    assert stored.recorder.operations.count(REFRESH) == 1
    assert "SessionExpired" in outcomes and set(outcomes) <= {"SessionExpired", "NotSignedIn"}
    assert [event for event in stored.events if event[0] == "sign_out"] == [("sign_out", errors.SessionExpired)]


async def test_refusal_that_arrives_after_the_check_has_the_same_outcome() -> None:
    user, recorder, service = refused_user()
    service.refuse = lambda operation: REVOKED
    service.refreshes.append(OVER)
    gate, outcomes = Gate(recorder, "ListDevices"), list[str]()
    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS["devices"], user, outcomes)
        await gate.reached.wait()
        await outcome(USER_CALLS["attributes"], user, outcomes)
        gate.open.set()
    assert outcomes == ["SessionExpired", "SessionExpired"]
    assert recorder.operations == ["ListDevices", "GetUser", REFRESH]


async def test_concurrent_calls_of_a_valid_session_share_one_check() -> None:
    user, recorder, service = refused_user()
    service.refused[user.tokens.access_token] = REVOKED
    outcomes: dict[str, list[str]] = {name: [] for name in CHECKED}
    async with anyio.create_task_group() as group:
        for name in CHECKED:
            group.start_soon(outcome, USER_CALLS[name], user, outcomes[name])
    assert recorder.operations.count(REFRESH) == 1
    assert {name for name in CHECKED if outcomes[name] == ["ok"]} == HARMLESS


async def test_concurrent_permanent_refusals_cause_one_refresh() -> None:
    user, recorder, service = refused_user()
    service.refuse = lambda operation: NO_SCOPE
    outcomes: list[str] = []
    for _ in range(3):
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(outcome, USER_CALLS["attributes"], user, outcomes)
    assert recorder.operations.count(REFRESH) == 1
    assert outcomes == ["NotAuthorizedException"] * 60 and user.signed_in


def test_session_ends_once_for_all_threads() -> None:
    stored = anyio.run(Stored().adopted)
    stored.service.refuse = lambda operation: REVOKED
    stored.service.refreshes += [OVER] * 8  # threads whose calls are refused at the same time may each ask
    start, outcomes = threading.Barrier(8), list[str]()

    async def call() -> None:
        start.wait()
        await outcome(USER_CALLS["attributes"], stored.user, outcomes)

    run_in_threads(*[call] * 8)
    assert len(outcomes) == 8 and set(outcomes) <= {"SessionExpired", "NotSignedIn"}
    assert stored.events == [("sign_out", errors.SessionExpired)]
    assert not stored.user.signed_in and not stored.store._records


async def test_copies_share_the_check() -> None:
    user, recorder, service = refused_user()
    service.refused[user.tokens.access_token] = REVOKED
    copies = [pool_of(user).user_from_state(user.to_state()) for _ in range(5)]
    outcomes: list[str] = []
    async with anyio.create_task_group() as group:
        for copy in (user, *copies):
            group.start_soon(outcome, USER_CALLS["attributes"], copy, outcomes)
    assert outcomes == ["ok"] * 6 and recorder.operations.count(REFRESH) == 1


async def test_tokens_refreshed_during_the_call_are_used_without_a_check() -> None:
    user, recorder, service = refused_user()
    service.refused[user.tokens.access_token] = REVOKED
    gate, outcomes = Gate(recorder, "GetUser"), list[str]()
    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS["attributes"], user, outcomes)
        await gate.reached.wait()
        await user.refresh()
        gate.open.set()
    assert outcomes == ["ok"] and recorder.operations == ["GetUser", REFRESH, "GetUser"]


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        ("attributes", ["GetUser", REFRESH, "GetUser", REFRESH]),
        ("update_attributes", ["UpdateUserAttributes", REFRESH, REFRESH]),  # may not be repeated
    ],
)
async def test_session_that_ended_after_a_refresh_during_the_call_ends(call: str, sent: list[str]) -> None:
    user, recorder, service = refused_user()
    service.refused[sent[0]] = REVOKED
    gate, outcomes = Gate(recorder, sent[0]), list[str]()
    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS[call], user, outcomes)
        await gate.reached.wait()
        await user.refresh()
        service.refreshes.append(OVER)
        gate.open.set()
    assert outcomes == ["SessionExpired"] and not user.signed_in
    assert recorder.operations == sent


async def test_call_refused_because_of_a_sign_out_says_that_the_session_has_ended() -> None:
    stored = await Stored().adopted()
    stored.service.refused["GetUser"] = REVOKED
    gate, outcomes = Gate(stored.recorder, "GetUser"), list[str]()
    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS["attributes"], stored.user, outcomes)
        await gate.reached.wait()
        await stored.user.sign_out()
        gate.open.set()
    assert outcomes == ["SessionExpired"] and stored.recorder.operations == ["GetUser", "RevokeToken"]
    assert stored.events == [("sign_out", None)]


@pytest.mark.parametrize(("renewal", "expected"), [(None, "NotSignedIn"), (OVER, "SessionExpired")])
async def test_sign_out_during_the_check_is_the_only_one(renewal: Answer | None, expected: str) -> None:
    stored = await Stored().adopted()
    stored.service.refused["GetUser"] = REVOKED
    stored.service.refreshes += [renewal] if renewal is not None else []
    gate, outcomes, remote = Gate(stored.recorder, REFRESH), list[str](), list[str]()

    async def sign_out() -> None:
        remote.append((await stored.user.sign_out()).remote)

    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS["attributes"], stored.user, outcomes)
        await gate.reached.wait()
        group.start_soon(sign_out)
        await anyio.wait_all_tasks_blocked()
        gate.open.set()
    assert outcomes == [expected] and remote == ["done"]
    assert stored.events[-1] == ("sign_out", None) and len(stored.events) == 1
    assert not stored.user.signed_in and not stored.store._records
    sent = stored.recorder.calls[-1][1]["Token"]
    assert sent == ("refresh-1" if renewal is None else "refresh-0"), "the newest token must be revoked"


@pytest.mark.parametrize("renewal", [None, OVER])
async def test_cancelled_call_completes_its_check(renewal: Answer | None) -> None:
    stored = await Stored().adopted()
    stored.service.refused["GetUser"] = NO_SCOPE
    stored.service.refreshes += [renewal] if renewal is not None else []
    gate = Gate(stored.recorder, REFRESH)
    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS["attributes"], stored.user, [])
        await gate.reached.wait()
        group.cancel_scope.cancel()
        gate.open.set()
    if renewal is None:
        assert stored.user.tokens.refresh_token == "refresh-1"
        with pytest.raises(errors.NotAuthorizedException):
            await stored.user.attributes()
        assert stored.recorder.operations.count(REFRESH) == 1
    else:
        assert not stored.user.signed_in and not stored.store._records
        assert stored.events == [("sign_out", errors.SessionExpired)]


async def test_cancelled_waiter_leaves_the_check_to_the_others() -> None:
    user, recorder, service = refused_user()
    service.refused[user.tokens.access_token] = REVOKED
    gate, outcomes = Gate(recorder, REFRESH), list[str]()
    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS["attributes"], user, outcomes)
        await gate.reached.wait()
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(user.devices)
            await anyio.wait_all_tasks_blocked()
            cancelled.cancel_scope.cancel()
        gate.open.set()
    assert outcomes == ["ok"] and recorder.operations.count(REFRESH) == 1


async def test_keep_fresh_returns_after_the_end() -> None:
    class Waiting(MovableClock):
        async def sleep(self, seconds: float) -> None:
            await awake.wait()

    awake = anyio.Event()
    user, recorder, service = refused_user(Waiting())
    service.refuse = lambda operation: REVOKED
    service.refreshes.append(OVER)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(user.keep_fresh)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(errors.SessionExpired):
                await user.attributes()
            awake.set()
    assert recorder.operations == ["GetUser", REFRESH]


async def test_sign_in_during_the_check_stays_signed_in() -> None:
    stored = await Stored().adopted()
    stored.service.refused[stored.user.tokens.access_token] = REVOKED
    stored.service.refreshes.append(OVER)
    newer = stored.pool.user_from_tokens(Tokens(jwt(username="alice", jti="newer", exp=4e9), None, "newer"))
    gate = Gate(stored.recorder, REFRESH)
    async with anyio.create_task_group() as group:
        group.start_soon(outcome, USER_CALLS["attributes"], stored.user, [])
        await gate.reached.wait()
        await adopt(stored.auth, newer)
        gate.open.set()
    current = await stored.auth.current_user()
    assert current.tokens is newer.tokens and await current.attributes() == {}
    again = await stored.pool.auth(store=stored.store).current_user()
    assert again.tokens.refresh_token == "newer"
