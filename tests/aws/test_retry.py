"""What is repeated, when, how often, and what comes of it in the end."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import pytest

from cognito_async._aws.quota import RetryQuota
from cognito_async._aws.retry import RetryTransport
from cognito_async._aws.rpc import Effect, RpcReply, RpcRequest
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import (
    CallTimeout,
    CognitoError,
    ConfigurationError,
    ConnectFailed,
    CredentialsError,
    InvalidReply,
    OutcomeUnknown,
    ServiceError,
    TransportError,
)
from cognito_async._core.options import RetryPolicy
from cognito_async._local.clock import MovableClock

pytestmark = pytest.mark.anyio

ONCE = RpcRequest("SignUp", b"{}", Effect.ONCE)
REPEATABLE = RpcRequest("GetUser", b"{}", Effect.REPEATABLE)
DONE = RpcReply(200, {}, b"{}")
THROTTLED = RpcReply(
    400, {"x-amzn-requestid": "r-1"}, b'{"__type": "TooManyRequestsException", "message": "Rate exceeded"}'
)

Step = RpcReply | CognitoError | Callable[[], Awaitable[RpcReply]]


def refused(code: str, status: int = 400, **headers: str) -> RpcReply:
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    return RpcReply(status, lower, json.dumps({"__type": code}).encode())


class Script:
    """A transport that plays one step for each attempt."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.attempts = 0

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        await anyio.lowlevel.checkpoint()
        self.attempts += 1
        step = self.steps.pop(0)
        if isinstance(step, CognitoError):
            raise step
        return step if isinstance(step, RpcReply) else await step()


class WatchedClock(MovableClock):
    """Writes down every wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep(seconds)


@pytest.fixture
def clock() -> WatchedClock:
    return WatchedClock()


def retrying(
    script: Script, clock: MovableClock, *, quota: RetryQuota | None = None, random: float = 0.5, **policy: float
) -> RetryTransport:
    made = RetryPolicy(**policy)  # type: ignore[arg-type]
    return RetryTransport(script, made, quota or RetryQuota(), clock, random=lambda: random)


async def attempts_of(step: Step, request: RpcRequest, clock: MovableClock) -> int:
    """How often a call is sent whose first attempt ends like this, and whose later ones succeed."""
    script = Script(step, DONE)
    try:
        await retrying(script, clock).send(request, Deadline(clock, 30))
    except CognitoError:
        assert script.attempts == 1
    return script.attempts


async def test_a_success_is_returned_and_nothing_waits(clock: WatchedClock) -> None:
    assert await retrying(Script(DONE), clock).send(ONCE, Deadline(clock, 30)) is DONE
    assert clock.waits == []


@pytest.mark.parametrize("request_", [ONCE, REPEATABLE])
@pytest.mark.parametrize(
    "step",
    [
        THROTTLED,
        refused("ThrottlingException"),
        refused("Throttling"),
        refused("RequestLimitExceeded"),
        refused("SlowDown"),
        refused("SomethingNew", 429),
        refused("SomethingNew", 503),
        RpcReply(503, {}, b"<html>"),
        RpcReply(429, {}, b""),
        ConnectFailed(),
    ],
)
async def test_every_call_is_repeated_when_it_was_not_even_begun(
    clock: WatchedClock, step: Step, request_: RpcRequest
) -> None:
    assert await attempts_of(step, request_, clock) == 2


@pytest.mark.parametrize(("request_", "attempts"), [(ONCE, 1), (REPEATABLE, 2)])
@pytest.mark.parametrize(
    "step",
    [
        refused("InternalErrorException", 500),
        refused("InternalServerException", 500),
        refused("InternalErrorException", 400),
        RpcReply(500, {}, b""),
        RpcReply(502, {}, b"<html>"),
        RpcReply(504, {}, b"<html>"),
    ],
)
async def test_a_failure_inside_the_service_is_repeated_only_where_that_is_safe(
    clock: WatchedClock, step: Step, request_: RpcRequest, attempts: int
) -> None:
    assert await attempts_of(step, request_, clock) == attempts


async def test_a_lost_reply_is_repeated_only_where_that_is_safe(clock: WatchedClock) -> None:
    assert await attempts_of(TransportError("lost"), REPEATABLE, clock) == 2
    assert await attempts_of(OutcomeUnknown("lost"), ONCE, clock) == 1


@pytest.mark.parametrize(
    "step",
    [
        refused("LimitExceededException"),
        refused("LimitExceededException", 429),
        refused("TooManyFailedAttemptsException"),
        refused("NotAuthorizedException"),
        refused("NotAuthorizedException", 500),
        refused("UserLambdaValidationException"),
        refused("UnexpectedLambdaException", 500),
        refused("InvalidLambdaResponseException"),
        refused("InvalidParameterException"),
        refused("ForbiddenException", 403),
        refused("UnknownOperationException", 500),
        refused("InvalidAction", 500),
        refused("UnsupportedOperationException", 503),
        refused("NotImplemented", 500),
        RpcReply(501, {}, b""),
        RpcReply(404, {}, b"<html>"),
        RpcReply(302, {}, b""),
        CallTimeout(),
        InvalidReply(),
        CredentialsError(),
        ConfigurationError(),
    ],
)
async def test_what_will_not_get_better_is_never_repeated(clock: WatchedClock, step: Step) -> None:
    assert await attempts_of(step, REPEATABLE, clock) == 1


@pytest.mark.parametrize("attempts", [1, 2, 4])
async def test_the_first_try_counts_and_the_last_error_is_raised_with_its_facts(
    clock: WatchedClock, attempts: int
) -> None:
    script = Script(*[ConnectFailed()] * (attempts - 1), THROTTLED, DONE)
    with pytest.raises(ServiceError) as caught:
        await retrying(script, clock, max_attempts=attempts).send(ONCE, Deadline(clock, 30))
    error = caught.value
    assert script.attempts == attempts
    assert (error.code, error.operation, error.request_id) == ("TooManyRequestsException", "SignUp", "r-1")
    assert error.__context__ is None


async def test_the_wait_is_a_random_part_of_a_limit_that_doubles_up_to_the_longest(clock: WatchedClock) -> None:
    script = Script(*[THROTTLED] * 5, DONE)
    made = retrying(script, clock, random=0.5, max_attempts=6, base_delay=1.0, max_delay=5.0)
    await made.send(ONCE, Deadline(clock, 60))
    assert clock.waits == [0.5, 1.0, 2.0, 2.5, 2.5]


async def test_the_wait_may_be_nothing_and_the_number_of_attempts_large(clock: WatchedClock) -> None:
    script = Script(*[ConnectFailed()] * 1100, DONE)
    quota = RetryQuota(capacity=100_000)
    made = retrying(script, clock, random=0.0, quota=quota, max_attempts=2000, base_delay=0.0, max_delay=0.0)
    assert await made.send(ONCE, Deadline(clock, None)) is DONE
    assert set(clock.waits) == {0.0}


async def test_what_the_service_asks_for_is_the_least_that_is_waited(clock: WatchedClock) -> None:
    script = Script(refused("SlowDown", 503, retry_after="20"), DONE)
    await retrying(script, clock, base_delay=1.0, max_delay=5.0).send(ONCE, Deadline(clock, 30))
    assert clock.waits == [20.5]


async def test_a_wait_that_would_outlast_the_deadline_is_not_begun(clock: WatchedClock) -> None:
    script = Script(refused("SlowDown", 503, retry_after="31"), DONE)
    with pytest.raises(ServiceError) as caught:
        await retrying(script, clock).send(ONCE, Deadline(clock, 30))
    assert (script.attempts, clock.waits, caught.value.retry_after) == (1, [], 31.0)


async def test_a_wait_longer_than_a_minute_is_told_and_not_waited_even_without_a_deadline(clock: WatchedClock) -> None:
    script = Script(refused("SlowDown", 503, retry_after="1e9"), DONE)
    with pytest.raises(ServiceError) as caught:
        await retrying(script, clock).send(ONCE, Deadline(clock, None))
    assert (script.attempts, clock.waits, caught.value.retry_after) == (1, [], 1e9)


async def test_the_time_that_attempts_took_counts(clock: WatchedClock) -> None:
    async def slow() -> RpcReply:
        clock.advance(29)
        return THROTTLED

    script = Script(slow, DONE)
    with pytest.raises(ServiceError):
        await retrying(script, clock, random=0.99, base_delay=2.0).send(ONCE, Deadline(clock, 30))
    assert (script.attempts, clock.waits) == (1, [])


async def test_a_wait_is_cancelled_at_once(clock: WatchedClock) -> None:
    class Endless(WatchedClock):
        async def sleep(self, seconds: float) -> None:
            scope.cancel()
            await anyio.sleep_forever()

    script = Script(THROTTLED, DONE)
    with anyio.CancelScope() as scope:
        await retrying(script, Endless()).send(ONCE, Deadline(clock, 30))
    assert scope.cancelled_caught
    assert script.attempts == 1


@pytest.mark.parametrize("before", [(), (THROTTLED,)])
async def test_an_attempt_is_cancelled_at_once(clock: WatchedClock, before: tuple[Step, ...]) -> None:
    async def endless() -> RpcReply:
        scope.cancel()
        await anyio.sleep_forever()
        return DONE

    script = Script(*before, endless, DONE)
    with anyio.CancelScope() as scope:
        await retrying(script, clock).send(ONCE, Deadline(clock, 30))
    assert scope.cancelled_caught
    assert script.attempts == 1 + len(before)


async def test_a_shared_quota_ends_the_retries_of_all_and_successes_fill_it_again(clock: WatchedClock) -> None:
    quota = RetryQuota(capacity=12)

    async def attempts(*steps: Step) -> int:
        script = Script(*steps)
        with suppress(CognitoError):
            await retrying(script, clock, quota=quota).send(REPEATABLE, Deadline(clock, None))
        return script.attempts

    assert await attempts(THROTTLED, THROTTLED, THROTTLED, DONE) == 3  # 12 - 5 - 5 = 2
    assert await attempts(THROTTLED, DONE) == 1
    for _ in range(8):  # 10
        assert await attempts(DONE) == 1
    assert await attempts(ConnectFailed(), DONE) == 2  # 10 - 10 + 10
    assert await attempts(TransportError(), TransportError(), DONE) == 2  # 0
    assert await attempts(THROTTLED, DONE) == 1


async def test_another_policy_shares_the_quota(clock: WatchedClock) -> None:
    script = Script(THROTTLED, THROTTLED, DONE, THROTTLED, DONE)
    patient = retrying(script, clock, quota=RetryQuota(capacity=5))
    hasty = patient.with_policy(RetryPolicy(max_attempts=1))
    with pytest.raises(ServiceError):
        await hasty.send(ONCE, Deadline(clock, 30))
    assert script.attempts == 1
    assert await patient.send(ONCE, Deadline(clock, 30)) is DONE
    assert script.attempts == 3
    emptied = hasty.with_policy(RetryPolicy(max_attempts=9))
    script.steps = [THROTTLED, THROTTLED, DONE]
    with pytest.raises(ServiceError):
        await emptied.send(ONCE, Deadline(clock, 30))
    assert script.attempts == 5


async def test_the_log_has_operation_attempt_answer_and_seconds_and_no_more(
    clock: WatchedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    frozen = MovableClock(start=clock.now())
    await retrying(Script(ConnectFailed("text"), THROTTLED, DONE), frozen).send(ONCE, Deadline(frozen, 30))
    assert [
        (record.name, record.levelname, record.getMessage()) for record in caplog.records if record.name != "asyncio"
    ] == [
        ("cognito_async", "DEBUG", "SignUp, attempt 1: ConnectFailed after 0.000 s"),
        ("cognito_async", "DEBUG", "SignUp, attempt 2: 400 after 0.000 s"),
        ("cognito_async", "DEBUG", "SignUp, attempt 3: 200 after 0.000 s"),
    ]
