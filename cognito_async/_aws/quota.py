"""The quota of retries that all calls of a pool share."""

from __future__ import annotations

from .._core.concurrency.guard import guard

CAPACITY = 500
COST_ANSWERED = 5
COST_UNANSWERED = 10
FIRST_TRY_REFUND = 1


class RetryQuota:
    """A budget that retries spend and successes refill, so that an outage does not cause a storm of retries.

    Threads can share it.

    The numbers are those of the "standard" retry mode of the AWS SDKs.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._left = capacity

    def take(self, cost: int) -> bool:
        """Take the cost of a retry. If too little is left, take nothing and return `False`."""
        with guard:
            if self._left < cost:
                return False
            self._left -= cost
            return True

    def refund(self, amount: int) -> None:
        """Give back the cost of a successful retry, or a small amount after a first attempt that succeeded."""
        with guard:
            self._left = min(self._capacity, self._left + amount)
