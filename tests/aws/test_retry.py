"""Retries: which errors are retried, the waits, the number of attempts, and the final outcome."""

from __future__ import annotations

import json
import logging
import sys
import threading
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

pytestmark = [pytest.mark.anyio, pytest.mark.table]

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


class RecordingClock(MovableClock):
    """A clock that records every wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep(seconds)


@pytest.fixture
def clock() -> RecordingClock:
    return RecordingClock()


def retrying(
    script: Script, clock: MovableClock, *, quota: RetryQuota | None = None, random: float = 0.5, **policy: float
) -> RetryTransport:
    chosen = RetryPolicy(**policy)  # type: ignore[arg-type]
    return RetryTransport(script, chosen, quota or RetryQuota(), clock, random=lambda: random)


async def attempts_of(step: Step, request: RpcRequest, clock: MovableClock) -> int:
    """Return the number of attempts of a call whose first attempt ends with `step`, and whose second succeeds."""
    script = Script(step, DONE)
    try:
        await retrying(script, clock).send(request, Deadline(clock, 30))
    except CognitoError:
        assert script.attempts == 1
    return script.attempts


async def test_success_is_returned_without_a_wait(clock: RecordingClock) -> None:
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
async def test_call_that_was_not_processed_is_retried(clock: RecordingClock, step: Step, request_: RpcRequest) -> None:
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
async def test_internal_error_is_retried_only_for_repeatable_calls(
    clock: RecordingClock, step: Step, request_: RpcRequest, attempts: int
) -> None:
    assert await attempts_of(step, request_, clock) == attempts


async def test_lost_reply_is_retried_only_for_repeatable_calls(clock: RecordingClock) -> None:
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
async def test_permanent_errors_are_never_retried(clock: RecordingClock, step: Step) -> None:
    assert await attempts_of(step, REPEATABLE, clock) == 1


async def test_permanent_error_of_a_retry_is_raised(clock: RecordingClock) -> None:
    script = Script(THROTTLED, refused("NotAuthorizedException"))
    with pytest.raises(ServiceError) as caught:
        await retrying(script, clock).send(REPEATABLE, Deadline(clock, 30))
    assert (caught.value.code, script.attempts, len(clock.waits)) == ("NotAuthorizedException", 2, 1)


@pytest.mark.parametrize("attempts", [1, 2, 4])
async def test_last_error_is_raised_after_max_attempts(clock: RecordingClock, attempts: int) -> None:
    script = Script(*[ConnectFailed()] * (attempts - 1), THROTTLED, DONE)
    with pytest.raises(ServiceError) as caught:
        await retrying(script, clock, max_attempts=attempts).send(ONCE, Deadline(clock, 30))
    error = caught.value
    assert script.attempts == attempts
    assert (error.code, error.operation, error.request_id) == ("TooManyRequestsException", "SignUp", "r-1")
    assert error.__context__ is None


@pytest.mark.parametrize("before", [(), (THROTTLED,)])
async def test_lost_reply_outlasts_a_later_failure_to_connect(clock: RecordingClock, before: tuple[Step, ...]) -> None:
    script = Script(*before, TransportError("lost"), ConnectFailed(), ConnectFailed())
    with pytest.raises(TransportError, match="lost") as caught:
        await retrying(script, clock, max_attempts=len(before) + 3).send(REPEATABLE, Deadline(clock, 30))
    assert type(caught.value) is TransportError and caught.value.__context__ is None
    assert not script.steps


async def test_failure_to_connect_without_a_lost_reply_is_raised(clock: RecordingClock) -> None:
    with pytest.raises(ConnectFailed):
        await retrying(Script(THROTTLED, ConnectFailed()), clock, max_attempts=2).send(REPEATABLE, Deadline(clock, 30))


async def test_waits_are_random_below_a_doubling_limit(clock: RecordingClock) -> None:
    script = Script(*[THROTTLED] * 5, DONE)
    transport = retrying(script, clock, random=0.5, max_attempts=6, base_delay=1.0, max_delay=5.0)
    await transport.send(ONCE, Deadline(clock, 60))
    assert clock.waits == [0.5, 1.0, 2.0, 2.5, 2.5]


async def test_many_attempts_can_be_made_without_waits(clock: RecordingClock) -> None:
    script = Script(*[ConnectFailed()] * 1100, DONE)
    quota = RetryQuota(capacity=100_000)
    transport = retrying(script, clock, random=0.0, quota=quota, max_attempts=2000, base_delay=0.0, max_delay=0.0)
    assert await transport.send(ONCE, Deadline(clock, None)) is DONE
    assert set(clock.waits) == {0.0}


async def test_retry_after_is_the_shortest_wait(clock: RecordingClock) -> None:
    script = Script(refused("SlowDown", 503, retry_after="20"), DONE)
    await retrying(script, clock, base_delay=1.0, max_delay=5.0).send(ONCE, Deadline(clock, 30))
    assert clock.waits == [20.5]


async def test_wait_beyond_the_deadline_is_not_started(clock: RecordingClock) -> None:
    script = Script(refused("SlowDown", 503, retry_after="31"), DONE)
    with pytest.raises(ServiceError) as caught:
        await retrying(script, clock).send(ONCE, Deadline(clock, 30))
    assert (script.attempts, clock.waits, caught.value.retry_after) == (1, [], 31.0)


async def test_wait_above_a_minute_raises_the_error_instead(clock: RecordingClock) -> None:
    script = Script(refused("SlowDown", 503, retry_after="1e9"), DONE)
    with pytest.raises(ServiceError) as caught:
        await retrying(script, clock).send(ONCE, Deadline(clock, None))
    assert (script.attempts, clock.waits, caught.value.retry_after) == (1, [], 1e9)


async def test_time_of_attempts_counts_against_the_deadline(clock: RecordingClock) -> None:
    async def slow() -> RpcReply:
        clock.advance(29)
        return THROTTLED

    script = Script(slow, DONE)
    with pytest.raises(ServiceError):
        await retrying(script, clock, random=0.99, base_delay=2.0).send(ONCE, Deadline(clock, 30))
    assert (script.attempts, clock.waits) == (1, [])


async def test_wait_can_be_cancelled(clock: RecordingClock) -> None:
    class Endless(RecordingClock):
        async def sleep(self, seconds: float) -> None:
            scope.cancel()
            await anyio.sleep_forever()

    script = Script(THROTTLED, DONE)
    with anyio.CancelScope() as scope:
        await retrying(script, Endless()).send(ONCE, Deadline(clock, 30))
    assert scope.cancelled_caught
    assert script.attempts == 1


@pytest.mark.parametrize("before", [(), (THROTTLED,)])
async def test_attempt_can_be_cancelled(clock: RecordingClock, before: tuple[Step, ...]) -> None:
    async def endless() -> RpcReply:
        scope.cancel()
        await anyio.sleep_forever()
        return DONE

    script = Script(*before, endless, DONE)
    with anyio.CancelScope() as scope:
        await retrying(script, clock).send(ONCE, Deadline(clock, 30))
    assert scope.cancelled_caught
    assert script.attempts == 1 + len(before)


async def test_empty_quota_stops_retries_and_successes_refill_it(clock: RecordingClock) -> None:
    quota = RetryQuota(capacity=12)

    async def attempts(*steps: Step) -> int:
        script = Script(*steps)
        with suppress(CognitoError):
            await retrying(script, clock, quota=quota).send(REPEATABLE, Deadline(clock, None))
        return script.attempts

    assert await attempts(THROTTLED, THROTTLED, THROTTLED, DONE) == 3  # the quota is 12 - 5 - 5 = 2
    assert await attempts(THROTTLED, DONE) == 1
    for _ in range(8):  # 10
        assert await attempts(DONE) == 1
    assert await attempts(ConnectFailed(), DONE) == 2  # 10 - 10 + 10
    assert await attempts(TransportError(), TransportError(), DONE) == 2  # 0
    assert await attempts(THROTTLED, DONE) == 1


def test_threads_refill_the_quota_exactly() -> None:
    quota, together = RetryQuota(capacity=1_000_000), threading.Barrier(4)
    assert quota.take(1_000_000)

    def refill() -> None:
        together.wait()
        for _ in range(20_000):
            quota.refund(10)
            assert quota.take(5)

    threads = [threading.Thread(target=refill) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert quota.take(400_000) and not quota.take(1)


async def test_policies_share_the_retry_quota(clock: RecordingClock) -> None:
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


async def test_log_has_operation_status_and_seconds(clock: RecordingClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    frozen = MovableClock(start=clock.now())
    await retrying(Script(ConnectFailed("text"), THROTTLED, DONE), frozen).send(ONCE, Deadline(frozen, 30))
    records = [record for record in caplog.records if record.name != "asyncio"]
    assert [(record.name, record.levelname, record.getMessage()) for record in records] == [
        ("cognito_async", "DEBUG", "SignUp, attempt 1: ConnectFailed after 0.000 s"),
        ("cognito_async", "DEBUG", "SignUp, attempt 2: 400 after 0.000 s"),
        ("cognito_async", "DEBUG", "SignUp, attempt 3: 200 after 0.000 s"),
    ]
