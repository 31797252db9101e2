"""Calls that are sent no faster than the service's quotas allow: their order, and the effect of throttling."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import Auth, CognitoUser, Hooks, RateLimits, ReplyEvent, RequestEvent, RetryPolicy, errors
from cognito_async._aws.rpc import RpcReply
from cognito_async._core.clock import Deadline
from cognito_async.local import MovableClock
from tests.support import ACCESS_TOKEN, CLIENT_ID, POOL_ID, refusal, serving

ONCE = RetryPolicy(max_attempts=1)
BUSY = refusal("TooManyRequestsException", "Rate exceeded")
ALICE = {"Username": "alice", "UserAttributes": []}


class PatientClock(MovableClock):
    """A clock whose `sleep` waits until the test moves the clock."""

    async def sleep(self, seconds: float) -> None:
        with self.move_on_after(seconds):
            await anyio.sleep_forever()


class Caller:
    """A caller with its own pool and scripted replies. It records the time of each attempt."""

    def __init__(self, limits: RateLimits | None, clock: MovableClock, *answers: Any, **options: Any) -> None:
        remaining = list(answers)
        self.clock = clock
        self.sent: list[float] = []
        self.replies: list[ReplyEvent] = []
        hooks = Hooks(on_request=self._note, on_reply=self.replies.append)
        options = {"timeout": None, "retry": ONCE, "clock": clock, "hooks": hooks, "rate_limits": limits, **options}
        pool, self.server = serving(lambda *_: remaining.pop(0) if remaining else ALICE, **options)
        self.user: CognitoUser = pool.user_from_access_token(ACCESS_TOKEN)

    def _note(self, event: RequestEvent) -> None:
        assert event.operation == "GetUser"
        self.sent.append(self.clock.monotonic())

    async def call(self, times: int = 1) -> None:
        for _ in range(times):
            await self.user.attributes()

    async def call_at_once(self, times: int) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(times):
                group.start_soon(self.call)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.anyio
async def test_calls_are_spaced_evenly_at_the_rate(clock: MovableClock) -> None:
    caller = Caller(RateLimits({"UserRead": 8}), clock)
    await caller.call_at_once(480)
    assert caller.sent == [number / 8 for number in range(480)]


@pytest.mark.anyio
async def test_without_limits_no_call_waits(clock: MovableClock) -> None:
    caller = Caller(None, clock)
    await caller.call_at_once(200)
    assert caller.sent == [0.0] * 200


@pytest.mark.anyio
async def test_burst_after_idling_is_one_second_of_the_rate(clock: MovableClock) -> None:
    caller = Caller(RateLimits({"UserRead": 4}), clock)
    await caller.call()
    clock.advance(100)
    await caller.call_at_once(6)
    assert caller.sent == [0.0, *[100.0] * 4, 100.25, 100.5]


@pytest.mark.anyio
async def test_hooks_do_not_measure_the_wait(clock: MovableClock) -> None:
    caller = Caller(RateLimits({"UserRead": 1}), clock)
    await caller.call(3)
    assert caller.sent == [0.0, 1.0, 2.0]
    assert [reply.seconds for reply in caller.replies] == [0.0, 0.0, 0.0]


@pytest.mark.anyio
async def test_auth_accepts_rate_limits(clock: MovableClock) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=ALICE)))
    auth = Auth(POOL_ID, CLIENT_ID, http_client=client, clock=clock, rate_limits=RateLimits({"UserRead": 1}))
    for _ in range(3):
        await auth.pool.with_options(timeout=60).user_from_access_token(ACCESS_TOKEN).attributes()
    assert clock.monotonic() == 2.0


@pytest.mark.anyio
async def test_calls_are_sent_in_order_of_arrival(clock: MovableClock) -> None:
    limits, arrived, served = RateLimits({"UserRead": 2}), list[int](), list[int]()

    async def attempt(number: int) -> RpcReply:
        served.append(number)
        return RpcReply(200, {}, b"{}")

    async def call(number: int) -> None:
        arrived.append(number)
        await limits.run_limited("GetUser", Deadline(clock, None), clock, partial(attempt, number))

    async with anyio.create_task_group() as group:
        for number in range(30):
            group.start_soon(call, number)
    assert served == arrived and len(served) == 30


@pytest.mark.anyio
async def test_categories_and_challenge_answers_have_separate_limits(clock: MovableClock) -> None:
    limits = RateLimits({"UserAuthentication": 1, "UserCreation": 1})

    async def attempt() -> RpcReply:
        return RpcReply(200, {}, b"{}")

    async def time_for(*operations: str) -> float:
        began = clock.monotonic()
        for operation in operations:
            await limits.run_limited(operation, Deadline(clock, None), clock, attempt)
        return clock.monotonic() - began

    assert await time_for("InitiateAuth", "RespondToAuthChallenge", "SignUp") == 0
    assert await time_for("AdminInitiateAuth", "GetTokensFromRefreshToken") == 2
    assert await time_for(*["RespondToAuthChallenge"] * 4, "AdminRespondToAuthChallenge") == pytest.approx(2 / 3)
    assert await time_for(*["OfAnotherVersion"] * 100) == 0, "unknown operations must not be limited"


@pytest.mark.anyio
async def test_rate_limit_timeout_sends_nothing_and_frees_its_slot(
    clock: MovableClock,
) -> None:
    caller = Caller(RateLimits({"UserRead": 0.125}), clock, timeout=5.0)
    await caller.call()
    with pytest.raises(errors.CallTimeout) as caught:
        await caller.call()
    assert caught.value.message == ("timed out waiting for the rate limit (UserRead 0.125/s); nothing was sent")
    assert caught.value.operation == "GetUser"
    assert len(caller.server.calls) == len(caller.replies) == 1
    await caller.call()
    assert caller.sent == [0.0, 8.0]


@pytest.mark.anyio
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_cancelled_waiters_leave_the_queue(place: int) -> None:
    clock = PatientClock(datetime(2026, 1, 1, tzinfo=UTC))
    caller = Caller(RateLimits({"UserRead": 1}), clock)
    await caller.call()
    scopes = [anyio.CancelScope() for _ in range(3)]

    async def call(scope: anyio.CancelScope) -> None:
        with scope:
            await caller.call()

    async with anyio.create_task_group() as group:
        for scope in scopes:
            group.start_soon(call, scope)
            await anyio.wait_all_tasks_blocked()
        scopes[place].cancel()
        await anyio.wait_all_tasks_blocked()
        for seconds in (1, 2):
            clock.advance(1)
            await anyio.wait_all_tasks_blocked()
            assert caller.sent == [float(second) for second in range(seconds + 1)]
    assert [scope.cancelled_caught for scope in scopes] == [number == place for number in range(3)]


@pytest.mark.anyio
async def test_pools_share_the_same_limits(clock: MovableClock) -> None:
    limits = RateLimits({"UserRead": 4})
    one, other = Caller(limits, clock), Caller(limits, clock)
    async with anyio.create_task_group() as group:
        group.start_soon(one.call_at_once, 10)
        group.start_soon(other.call_at_once, 10)
    assert sorted(one.sent + other.sent) == [number / 4 for number in range(20)]
    assert len(one.sent) == len(other.sent) == 10


@pytest.mark.anyio
async def test_throttling_of_one_pool_slows_the_other(clock: MovableClock) -> None:
    limits = RateLimits({"UserRead": 4})
    one, other = Caller(limits, clock), Caller(limits, clock, BUSY)
    with pytest.raises(errors.TooManyRequestsException):
        await other.call()
    await one.call()
    assert one.sent == [0.5]


def test_limits_hold_across_event_loops(clock: MovableClock) -> None:
    limits, sent = RateLimits({"UserRead": 2}), list[float]()
    for backend in ("asyncio", "trio", "asyncio"):
        caller = Caller(limits, clock)
        anyio.run(caller.call, 2, backend=backend)
        sent += caller.sent
    assert sent == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "rate"),
    [
        (BUSY, 4.0),
        (refusal("ThrottlingException"), 4.0),
        (refusal("SomethingNew", status=429), 4.0),
        (refusal("NotAuthorizedException"), 8.0),
        (refusal("LimitExceededException"), 8.0),
        (refusal("InternalErrorException", status=500), 8.0),
        (refusal("SomethingNew", status=503), 8.0),
        (httpx.ConnectError("down"), 8.0),
    ],
)
@pytest.mark.table
async def test_only_throttling_halves_the_rate(clock: MovableClock, answer: Any, rate: float) -> None:
    limits = RateLimits({"UserRead": 8})
    with pytest.raises(errors.CognitoError):
        await Caller(limits, clock, answer).call()
    assert limits.current["UserRead"] == rate
    assert limits.current["UserUpdate"] == 25.0


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (ALICE, True),
        (refusal("NotAuthorizedException"), True),
        (refusal("InternalErrorException", status=500), False),
        (httpx.ConnectError("down"), False),
    ],
)
async def test_accepted_calls_raise_a_lowered_rate(clock: MovableClock, answer: Any, raised: bool) -> None:
    limits = RateLimits({"UserRead": 60})
    caller = Caller(limits, clock, BUSY, answer)
    for _ in range(2):
        with suppress(errors.CognitoError):
            await caller.call()
    assert limits.current["UserRead"] == (30 + 1 / 30 if raised else 30.0)


@pytest.mark.anyio
async def test_throttled_call_is_retried_and_the_rate_recovers(
    clock: MovableClock,
) -> None:
    limits = RateLimits({"UserRead": 8})
    caller = Caller(limits, clock, BUSY, retry=RetryPolicy(base_delay=0, max_delay=0))
    await caller.call()
    assert caller.sent == [0.0, 0.25]
    await caller.call(8 * 60)
    assert limits.current["UserRead"] == 8.0
    assert caller.sent[-1] - caller.sent[-9] == pytest.approx(1.0)


@pytest.mark.anyio
async def test_burst_of_throttling_halves_the_rate_once(clock: MovableClock) -> None:
    limits, answers, all_sent = RateLimits({"UserRead": 8}), [ALICE, *[BUSY] * 7, ALICE], anyio.Event()

    async def answer(*_: Any) -> Any:
        mine = answers.pop(0)
        if not answers:
            all_sent.set()
        if len(answers) < 8:
            await all_sent.wait()
        return mine

    pool, _ = serving(answer, timeout=None, retry=ONCE, clock=clock, rate_limits=limits)
    user = pool.user_from_access_token(ACCESS_TOKEN)
    refused = 0

    async def call() -> None:
        nonlocal refused
        try:
            await user.attributes()
        except errors.TooManyRequestsException:
            refused += 1

    await call()
    clock.advance(1)
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(call)
    assert refused == 7
    assert limits.current["UserRead"] == 4.0, "a call sent before the throttling must not raise the rate"


@pytest.mark.anyio
async def test_rate_never_falls_below_a_hundredth(clock: MovableClock) -> None:
    limits = RateLimits({"UserRead": 100})
    caller = Caller(limits, clock, *[BUSY] * 20)
    for _ in range(20):
        with pytest.raises(errors.TooManyRequestsException):
            await caller.call()
    assert limits.current["UserRead"] == 1.0
    await caller.call()
    assert caller.sent[-1] - caller.sent[-2] == 1.0


@pytest.mark.anyio
async def test_repr_shows_the_rates_and_which_are_lowered(clock: MovableClock) -> None:
    limits = RateLimits({"UserRead": 8})
    with pytest.raises(errors.TooManyRequestsException):
        await Caller(limits, clock, BUSY).call()
    shown = repr(limits)
    assert shown.startswith("RateLimits(UserAuthentication 120/s; UserAuthentication, answers to challenges 360/s; ")
    assert "; UserRead 4 of 8/s; UserUpdate 25/s; " in shown
    assert repr(object.__new__(RateLimits)) == "RateLimits()", "`repr` must work in a traceback of the constructor"
