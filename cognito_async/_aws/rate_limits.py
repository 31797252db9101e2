"""An optional limit on requests per second, for each of the service's quota categories."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn, TypeVar

from .._core.clock import Clock, Deadline
from .._core.concurrency.per_loop import PerLoop
from .._core.concurrency.semaphore import PrioritySemaphore
from .._core.errors import CallTimeout, CognitoError, ConfigurationError
from .._core.outside import is_number
from .categories import AUTHENTICATION, CATEGORIES, CATEGORY_OF, CHALLENGES, CHALLENGES_FOR_EACH
from .codes import THROTTLED
from .token_bucket import TokenBucket

T = TypeVar("T")


class RateLimits:
    """Limits that keep calls within the service's quotas. Pass one as `rate_limits=` for bulk work and load tests.

    Attempts of one category are sent in order. Any number can wait. A call whose `timeout` passes while it waits raises
    `CallTimeout`. If the service throttles anyway (because other programs use the same quotas), the category's rate is
    halved. About a minute of successful calls restores it. The rate never exceeds the configured one.

    All pools of one account and region share its quotas, so pass the same object to all of them, in any thread or event
    loop. The pools must have the same clock. Processes cannot share the object: give each one a part, by `share`.

    Args:
        rates: the requests per second that your account may send, by category, such as `{"UserAuthentication": 300}`.
            Other categories have the service's defaults. Answers to challenges have three times the rate of
            "UserAuthentication".
        share: the part of every quota that this object may use, above 0 and at most 1; 1 by default.

    Raises:
        ConfigurationError: if a category is unknown, or a number is out of range.

    Source: "Quotas in Amazon Cognito" in the service's developer guide, as of 2026.
    """

    def __init__(self, rates: Mapping[str, float] | None = None, *, share: float = 1.0) -> None:
        chosen = _checked(rates)
        if not is_number(share, 0, 1) or share == 0:
            raise ConfigurationError("RateLimits: share must be a number with 0 < share <= 1, the part of each quota")
        self._limits = {name: _Limit(name, share * rate) for name, rate in chosen.items()}

    @property
    def current(self) -> dict[str, float]:
        """Return the requests per second that are allowed now, by category: fewer after the service has throttled.

        Answers to challenges have a separate entry.
        """
        return {name: limit.bucket.rate for name, limit in self._limits.items()}

    async def run_limited(
        self, operation: str, deadline: Deadline, clock: Clock, attempt: Callable[[], Awaitable[T]]
    ) -> T:
        """Make one attempt when the rate allows it, and adjust the rate to the attempt's outcome. Internal.

        An operation that this version does not know is not limited.

        Raises:
            CallTimeout: if the deadline passes before the rate allows the attempt.
        """
        category = CATEGORY_OF.get(operation)
        if category is None:
            return await attempt()
        limit = self._limits[category]
        if not await limit.wait(deadline, clock):
            raise CallTimeout(
                f"timed out waiting for the rate limit ({limit}); nothing was sent",
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
        limits: dict[str, _Limit] = getattr(self, "_limits", {})  # unset if the constructor failed
        return f"RateLimits({'; '.join(map(str, limits.values()))})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a RateLimits cannot be pickled, because another process would not share it")


class _Limit:
    """The limit of one category: a bucket, and a queue per event loop. The first task in a queue polls the bucket."""

    def __init__(self, name: str, rate: float) -> None:
        self.bucket = TokenBucket(rate)
        self._name = name
        self._queue = PerLoop(functools.partial(PrioritySemaphore, 1))

    async def wait(self, deadline: Deadline, clock: Clock) -> bool:
        """Wait for a token and return `True`, or return `False` at the deadline. A cancelled wait takes no token."""
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
        """Lower the rate after throttling, and raise it a little after another refusal, as after a success.

        An error without a reply, or with a 5xx status, says nothing about the quotas, so it does not change the rate.
        """
        status = error.status_code or 500
        if error.code in THROTTLED or status == 429:
            self.bucket.throttled(sent_at)
        elif status < 500:
            self.bucket.accepted(sent_at)

    def __str__(self) -> str:
        now, most = self.bucket.rate, self.bucket.most
        return f"{self._name} {now:g}/s" if now == most else f"{self._name} {now:g} of {most:g}/s"


def _checked(rates: Mapping[str, float] | None) -> dict[str, float]:
    """Return the rate of every category: the one in `rates`, or the default."""
    chosen = {name: category.rate for name, category in CATEGORIES.items()}
    if rates is None:
        return chosen
    if not isinstance(rates, Mapping):
        raise ConfigurationError("RateLimits: rates must be a mapping of categories to requests per second")
    for name, rate in rates.items():
        if name not in chosen or name == CHALLENGES:
            known = ", ".join(name for name in CATEGORIES if name != CHALLENGES)
            raise ConfigurationError(f"RateLimits: a category must be one of {known}, not {name!r}")
        if not is_number(rate, 0) or rate == 0:
            raise ConfigurationError(f"RateLimits: {name} must be a positive number of requests per second")
        chosen[name] = rate
    chosen[CHALLENGES] = CHALLENGES_FOR_EACH * chosen[AUTHENTICATION]
    return chosen
