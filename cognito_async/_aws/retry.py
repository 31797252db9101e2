"""Retries of calls. The only file that imports tenacity.

`send` makes the first attempt, and `_send_again` the others. After an error, `may_repeat` decides whether a retry is
safe, and `_Limits` whether the number of attempts, the deadline and the quota allow one.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from anyio.to_thread import run_sync

from .._core.clock import Clock, Deadline
from .._core.errors import CognitoError, ConnectFailed, ServiceError, TransportError
from .._core.hooks import Hooks
from .._core.options import RetryPolicy
from .._http.attempt_hooks import Attempt, report_retry
from .codes import INTERNAL, NEVER_REPEATED, THROTTLED, is_unknown_operation
from .faults import fault, request_id_of
from .quota import COST_ANSWERED, COST_UNANSWERED, FIRST_TRY_REFUND, RetryQuota
from .rpc import Effect, RpcReply, RpcRequest, Transport

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tenacity import RetryCallState

    from .rate_limits import RateLimits

# If a server asks for a longer wait than this, in seconds, its error is raised at once.
_LONGEST_RETRY_AFTER = 60.0


class RetryTransport:
    """The layer that retries calls. It returns replies with status 200, and raises a `CognitoError` for all others.

    Args:
        inner: sends one attempt.
        policy: number of attempts, and waits between them.
        quota: budget of retries, shared by all calls that should slow down together.
        clock: clock for the waits.
        random: returns a random number from 0 to 1, for the jitter.
        hooks: receive an event for every attempt.
        rate_limits: delay each attempt. The delay is not part of the attempt's measured duration.
    """

    def __init__(
        self,
        inner: Transport,
        policy: RetryPolicy,
        quota: RetryQuota,
        clock: Clock,
        *,
        random: Callable[[], float] = random.random,
        hooks: Hooks | None = None,
        rate_limits: RateLimits | None = None,
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._quota = quota
        self._clock = clock
        self._random = random
        self._hooks = hooks
        self._rate_limits = rate_limits

    def with_policy(self, policy: RetryPolicy, hooks: Hooks | None = None) -> RetryTransport:
        """Return a copy with another policy and hooks. It shares everything else, such as quota and rate limits."""
        return RetryTransport(
            self._inner,
            policy,
            self._quota,
            self._clock,
            random=self._random,
            hooks=hooks,
            rate_limits=self._rate_limits,
        )

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        """Send until a reply has status 200, or no further attempt is allowed.

        Raises:
            CognitoError: the error of the last attempt. If that one could not connect, but the reply of an earlier
                attempt was lost, the error is that of the earlier one, because the call may have taken effect.
        """
        try:
            reply = await self._attempt(request, deadline, 1)
        except CognitoError as error:
            if not may_repeat(request, error):
                raise
            failure = error.with_traceback(None)
        else:
            self._quota.refund(FIRST_TRY_REFUND)
            return reply
        # Only retries use tenacity, because it costs more than all other work of a call.
        outcome = await self._send_again(request, deadline, failure)
        if isinstance(outcome, RpcReply):
            return outcome
        try:
            raise outcome
        finally:
            del outcome, failure  # otherwise an error and this frame would form a cycle, which holds the request

    async def _send_again(
        self, request: RpcRequest, deadline: Deadline, failure: CognitoError
    ) -> RpcReply | CognitoError:
        """Make all attempts after the first, whose error is given. Return the outcome of the last one.

        The objects of tenacity form reference cycles, so they must hold neither the request nor an error with a
        traceback, whose frames hold the request.
        """
        if "tenacity" not in sys.modules:
            # Import late, because most programs never retry a call, and in a thread, so as not to block the event loop.
            await run_sync(importlib.import_module, "tenacity")
        from tenacity import AsyncRetrying, retry_always  # noqa: PLC0415

        limits = _Limits(self._policy, self._quota, deadline)
        lost: CognitoError | None = None  # the error of an earlier attempt that may have taken effect
        async for attempt in AsyncRetrying(
            retry=retry_always,
            wait=self._retry_after_plus_jitter,
            stop=limits.are_reached,
            before_sleep=partial(_report, self._hooks, request.operation),
            sleep=self._clock.sleep,
            retry_error_callback=_forget,
        ):
            number = attempt.retry_state.attempt_number
            if number > 1:
                if type(failure) is TransportError or failure.reply_was_lost:
                    lost = failure
                try:
                    reply = await self._attempt(request, deadline, number)
                except CognitoError as error:
                    failure = error.with_traceback(None)
                    if not may_repeat(request, failure):
                        break
                else:
                    limits.refund()
                    return reply
            attempt.retry_state.set_result(failure)
        if lost is None:
            return failure
        failure.reply_was_lost = True
        # `ConnectFailed` says that nothing was sent, which is true only of the last attempt.
        return lost if isinstance(failure, ConnectFailed) else failure

    def _retry_after_plus_jitter(self, state: RetryCallState) -> float:
        """Return the seconds to wait: the server's `retry_after` plus a random time ("full jitter").

        Without the random time, all clients would retry at the same moment.
        """
        # The exponent is limited because 2.0**1024 raises OverflowError.
        longest = min(self._policy.max_delay, self._policy.base_delay * 2.0 ** min(state.attempt_number - 1, 64))
        return (_error_of(state).retry_after or 0.0) + self._random() * longest

    def _attempt(self, request: RpcRequest, deadline: Deadline, number: int) -> Coroutine[Any, Any, RpcReply]:
        if self._rate_limits is None:
            return self._send_once(request, deadline, number)
        send = partial(self._send_once, request, deadline, number)
        return self._rate_limits.run_limited(request.operation, deadline, self._clock, send)

    async def _send_once(self, request: RpcRequest, deadline: Deadline, number: int) -> RpcReply:
        attempt = Attempt(self._clock, self._hooks, request.operation, number, len(request.body), request.model)
        try:
            reply = await self._inner.send(request, deadline)
            if reply.status_code != 200:
                raise fault(request, reply)
        except BaseException as error:
            attempt.failed(error)
            raise
        attempt.replied(reply.status_code, request_id_of(request, reply) if attempt.is_reported else None)
        reply.attempts = number
        return reply


def may_repeat(request: RpcRequest, error: CognitoError) -> bool:
    """Return whether another attempt of the call is safe after this error.

    The layers below may send a request twice within one attempt: the connection pool if a server had closed an idle
    connection, and the layer that signs if the service refused the time of a signature. The sources of AWS credentials
    repeat their own requests.
    """
    repeatable = request.effect is Effect.REPEATABLE
    if isinstance(error, ConnectFailed):
        return True  # nothing was sent
    if not isinstance(error, ServiceError):
        return type(error) is TransportError  # a REPEATABLE call's reply was lost; other failures have subclasses
    code, status = error.code or "", error.status_code
    if code in NEVER_REPEATED or "Lambda" in code:
        return False
    if is_unknown_operation(error):
        return False
    if code in THROTTLED or status in (429, 503):
        return True  # the service refused the call before it did anything
    return repeatable and (code in INTERNAL or status in (500, 502, 504))


class _Limits:
    """The limits on the retries of one call: their number, the deadline and the quota.

    Each retry takes its cost from the quota. If it succeeds, the cost is refunded.
    """

    def __init__(self, policy: RetryPolicy, quota: RetryQuota, deadline: Deadline) -> None:
        self._policy = policy
        self._quota = quota
        self._deadline = deadline
        self._paid = 0

    def are_reached(self, state: RetryCallState) -> bool:
        """Return whether this attempt is the last one. If not, take the cost of the next from the quota."""
        error = _error_of(state)
        return (
            state.attempt_number >= self._policy.max_attempts
            or state.upcoming_sleep >= self._deadline.remaining()
            or (error.retry_after or 0.0) > _LONGEST_RETRY_AFTER
            or not self._pay(error)
        )

    def refund(self) -> None:
        """Refund the cost of the last retry."""
        self._quota.refund(self._paid)

    def _pay(self, error: CognitoError) -> bool:
        self._paid = COST_ANSWERED if isinstance(error, ServiceError) else COST_UNANSWERED
        return self._quota.take(self._paid)


def _report(hooks: Hooks | None, operation: str, state: RetryCallState) -> None:
    report_retry(hooks, operation, state.attempt_number, _error_of(state), state.upcoming_sleep)


def _error_of(state: RetryCallState) -> CognitoError:
    return cast("Future[CognitoError]", state.outcome).result()  # called by tenacity only after a failed attempt


def _forget(state: RetryCallState) -> None:
    """Forget the error of the last attempt. It is raised, and its frames hold the request."""
    state.outcome = None
