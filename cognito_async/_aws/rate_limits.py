"""An optional limit on the requests that are sent per second, by the service's quota categories."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from .._core.clock import Clock, Deadline
from .._core.errors import CallTimeout, CognitoError, ConfigurationError
from .._core.per_loop import PerLoop
from .._core.semaphore import PrioritySemaphore
from .categories import AUTHENTICATION, CATEGORIES, CATEGORY_OF, CHALLENGES, CHALLENGES_FOR_EACH
from .codes import THROTTLED
from .token_bucket import TokenBucket

T = TypeVar("T")


class RateLimits:
    """Pass one as `rate_limits=` for bulk work and load tests, to send no faster than the service's quotas allow.

    Attempts of one category are sent in order. Any number may wait, each within its call's `timeout`; `CallTimeout` is
    raised if the time is too short. If the service throttles anyway (other programs share its quotas), the category's
    rate is halved. It returns over about a minute of successful calls, and never exceeds the configured rate.

    Quotas are those of an account and region, so pass the same object to all its pools, in whatever threads and event
    loops they are; they must have the same clock. Between processes nothing is shared: give each its `share`.

    Args:
        rates: the requests per second that your account has, by category, such as `{"UserAuthentication": 300}`;
            categories that are not named have the service's defaults. Answers to challenges may be three times as
            many as "UserAuthentication" says.
        share: the part of every quota that may be used, above 0, at most 1.

    Raises:
        ConfigurationError: when a category is unknown, or a number out of range.

    Source: "Quotas in Amazon Cognito" in the service's developer guide, as of 2026.
    """

    def __init__(self, rates: Mapping[str, float] | None = None, *, share: float = 1.0) -> None:
        chosen = _checked(rates)
        if not _is_number(share) or not 0 < share <= 1:
            raise ConfigurationError("RateLimits: share is the part of every quota that may be used: 0 < share <= 1")
        self._limits = {name: _Limit(name, share * rate) for name, rate in chosen.items()}

    @property
    def current(self) -> dict[str, float]:
        """The requests per second that each category is allowed now; fewer than asked for while the service throttles.

        Answers to challenges have a separate entry.
        """
        return {name: limit.bucket.rate for name, limit in self._limits.items()}

    async def run_limited(
        self, operation: str, deadline: Deadline, clock: Clock, attempt: Callable[[], Awaitable[T]]
    ) -> T:
        """Make one attempt when the rate allows it, and learn from its outcome. For the package's own use.

        An operation that the service did not have when this version was made is not limited.

        Raises:
            CallTimeout: if the deadline passes before the attempt may be made.
        """
        category = CATEGORY_OF.get(operation)
        if category is None:
            return await attempt()
        limit = self._limits[category]
        if not await limit.wait(deadline, clock):
            raise CallTimeout(
                f"its turn did not come within the call's time limit (rate limit: {limit}); nothing was sent",
                operation=operation,
            )
        sent_at = limit.bucket.times_lowered
        try:
            reply = await attempt()
        except CognitoError as error:
            limit.refused(error, sent_at)
            raise
        limit.bucket.accepted(sent_at)
        return reply

    def __repr__(self) -> str:
        limits: dict[str, _Limit] = getattr(self, "_limits", {})  # none in a traceback of the constructor
        return f"RateLimits({'; '.join(map(str, limits.values()))})"

    def __reduce__(self) -> str:
        raise TypeError("a RateLimits is not pickled: another process would not share it")


class _Limit:
    """One category: one bucket for all, and a queue on each event loop, of which only the first watches the bucket."""

    def __init__(self, name: str, rate: float) -> None:
        self.bucket = TokenBucket(rate)
        self._name = name
        self._queue = PerLoop(functools.partial(PrioritySemaphore, 1))

    async def wait(self, deadline: Deadline, clock: Clock) -> bool:
        """Wait for a token; return `False` at the deadline. A cancelled wait takes none."""
        queue = self._queue.get()
        with deadline.scope():
            await queue.acquire()
            try:
                while wait := self.bucket.take(clock):
                    await clock.sleep(wait)
            finally:
                queue.release()
            return True
        return False

    def refused(self, error: CognitoError, sent_at: int) -> None:
        """Learn from an error: only a reply says something, and that of a failing service nothing about its quotas."""
        status = error.status_code or 500
        if error.code in THROTTLED or status == 429:
            self.bucket.throttled(sent_at)
        elif status < 500:
            self.bucket.accepted(sent_at)

    def __str__(self) -> str:
        now, most = self.bucket.rate, self.bucket.most
        return f"{self._name} {now:g}/s" if now == most else f"{self._name} {now:g} of {most:g}/s"


def _checked(rates: Mapping[str, float] | None) -> dict[str, float]:
    """Every category's rate."""
    chosen = {name: category.rate for name, category in CATEGORIES.items()}
    if rates is None:
        return chosen
    if not isinstance(rates, Mapping):
        raise ConfigurationError("RateLimits: rates must be a mapping of categories to requests per second")
    for name, rate in rates.items():
        if name not in chosen or name == CHALLENGES:
            known = ", ".join(name for name in CATEGORIES if name != CHALLENGES)
            raise ConfigurationError(f"RateLimits: there is no category {name!r}; there are {known}")
        if not _is_number(rate) or not 0 < rate < float("inf"):
            raise ConfigurationError(f"RateLimits: {name} must be a positive number of requests per second")
        chosen[name] = rate
    chosen[CHALLENGES] = CHALLENGES_FOR_EACH * chosen[AUTHENTICATION]
    return chosen


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
