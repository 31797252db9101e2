"""Repeating what may be repeated, as often and as soon as it may; the only file that knows tenacity."""

from __future__ import annotations

import importlib
import logging
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
from .._http.attempt_hooks import Watched, tell_of_retry
from .codes import INTERNAL, NEVER_REPEATED, THROTTLED, UNKNOWN_OPERATION
from .faults import fault
from .quota import COST_ANSWERED, COST_UNANSWERED, FIRST_TRY_REFUND, RetryQuota
from .rpc import Effect, RpcReply, RpcRequest, Transport

if TYPE_CHECKING:
    from tenacity import Future, RetryCallState

    from .rate_limits import RateLimits

_log = logging.getLogger("cognito_async")

# A server that asks for more than this (seconds) is better told to the caller than waited for.
_LONGEST_RETRY_AFTER = 60.0


class RetryTransport:
    """Returns only replies with status 200; raises a CognitoError for all else, after the retries that it is worth.

    Args:
        inner: sends one attempt.
        policy: how often and how patiently.
        quota: shared by all who should slow down together.
        clock: waits.
        random: uniform in [0, 1), for the jitter.
        hooks: told of every attempt.
        rate_limits: each attempt waits for its turn there; what is measured of it begins afterwards.
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
        """One with another policy and hooks that shares everything else, the quota and the rate limits too."""
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
        outcome = await self._in_turn(request, deadline, 1)
        if isinstance(outcome, RpcReply):
            self._quota.give_back(FIRST_TRY_REFUND)
        elif may_repeat(request, outcome):
            # Only now, because tenacity costs more than a whole call's own work.
            outcome = await self._retry(request, deadline, outcome)
        if isinstance(outcome, RpcReply):
            return outcome
        raise outcome

    async def _retry(self, request: RpcRequest, deadline: Deadline, first: CognitoError) -> RpcReply | CognitoError:
        paid = 0

        async def attempt() -> RpcReply | CognitoError:
            number = retrying.statistics["attempt_number"]
            return first if number == 1 else await self._in_turn(request, deadline, number)

        def worthwhile(state: RetryCallState) -> bool:
            outcome = _outcome(state)
            return isinstance(outcome, CognitoError) and may_repeat(request, outcome)

        def give_up(state: RetryCallState) -> bool:
            nonlocal paid
            outcome = _outcome(state)
            if state.attempt_number >= self._policy.max_attempts or state.upcoming_sleep >= deadline.remaining():
                return True
            if isinstance(outcome, CognitoError) and (outcome.retry_after or 0.0) > _LONGEST_RETRY_AFTER:
                return True
            paid = _cost(outcome)
            return not self._quota.take(paid)

        if "tenacity" not in sys.modules:
            # In a thread, and only now: most programs never repeat a call, and all of them start.
            await run_sync(importlib.import_module, "tenacity")
        from tenacity import AsyncRetrying  # noqa: PLC0415

        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            wait=self._wait,
            retry=worthwhile,
            stop=give_up,
            before_sleep=None if self._hooks is None else partial(_announce, self._hooks, request),
            retry_error_callback=_outcome,
        )
        outcome: RpcReply | CognitoError = await retrying(attempt)
        if isinstance(outcome, RpcReply):
            self._quota.give_back(paid)
        return outcome

    def _wait(self, state: RetryCallState) -> float:
        """Full jitter, on top of what the service asked for: a lower bound that everybody keeps to is a new rush."""
        # The exponent is bounded because a float is: 2.0**1024 raises.
        longest = min(self._policy.max_delay, self._policy.base_delay * 2.0 ** min(state.attempt_number - 1, 64))
        outcome = _outcome(state)
        asked = outcome.retry_after if isinstance(outcome, CognitoError) else None
        return (asked or 0.0) + self._random() * longest

    def _in_turn(
        self, request: RpcRequest, deadline: Deadline, number: int
    ) -> Coroutine[Any, Any, RpcReply | CognitoError]:
        if self._rate_limits is None:
            return self._attempt(request, deadline, number)
        attempt = partial(self._attempt, request, deadline, number)
        return self._rate_limits.in_turn(request.operation, deadline, self._clock, attempt)

    async def _attempt(self, request: RpcRequest, deadline: Deadline, number: int) -> RpcReply | CognitoError:
        watched = None if self._hooks is None else Watched(self._hooks, request, number)
        started = self._clock.monotonic()
        outcome: RpcReply | CognitoError
        try:
            reply = await self._inner.send(request, deadline)
            reply.attempts = number
            outcome = reply if reply.status_code == 200 else fault(request, reply)
        except CognitoError as error:
            outcome = error
        except BaseException:  # as a rule the caller was cancelled
            if watched is not None:
                watched.ended(None, self._clock.monotonic() - started)
            raise
        seconds = self._clock.monotonic() - started
        if watched is not None:
            watched.ended(outcome, seconds)
        answer = outcome.status_code if outcome.status_code is not None else type(outcome).__name__
        _log.debug("%s, attempt %d: %s after %.3f s", request.operation, number, answer, seconds)
        return outcome


def may_repeat(request: RpcRequest, error: CognitoError) -> bool:
    """Whether the call may be sent once more after this error: the one place that knows the rules."""
    repeatable = request.effect is Effect.REPEATABLE
    if isinstance(error, ConnectFailed):
        return True  # nothing was sent
    if not isinstance(error, ServiceError):
        return type(error) is TransportError  # the lost reply of a REPEATABLE call; all others have names
    code, status = error.code or "", error.status_code
    if code in NEVER_REPEATED or "Lambda" in code:
        return False
    if status == 501 or code in UNKNOWN_OPERATION:
        return False
    if code in THROTTLED or status in (429, 503):
        return True  # refused before anything was done
    return repeatable and (code in INTERNAL or status in (500, 502, 504))


def _outcome(state: RetryCallState) -> RpcReply | CognitoError:
    outcome: RpcReply | CognitoError = cast("Future", state.outcome).result()  # tenacity asks only after an attempt
    return outcome


def _announce(hooks: Hooks, request: RpcRequest, state: RetryCallState) -> None:
    error = cast("CognitoError", _outcome(state))  # nothing else is tried again
    tell_of_retry(hooks, request, state.attempt_number, error, state.upcoming_sleep)


def _cost(outcome: RpcReply | CognitoError) -> int:
    return COST_ANSWERED if isinstance(outcome, ServiceError) else COST_UNANSWERED
