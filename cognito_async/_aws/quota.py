"""The quota of retries that all calls of a pool share."""

from __future__ import annotations

CAPACITY = 500
COST_ANSWERED = 5
COST_UNANSWERED = 10
FIRST_TRY_REFUND = 1


class RetryQuota:
    """A bucket that retries empty and successes fill, so that an outage is not answered by a storm of retries.

    The numbers are those of the "standard" retry mode of the AWS SDKs.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._left = capacity

    def take(self, cost: int) -> bool:
        """Take the cost of a retry; return `False`, and take nothing, if too little is left."""
        if self._left < cost:
            return False
        self._left -= cost
        return True

    def give_back(self, amount: int) -> None:
        """Give back the cost of a successful retry, or a little for a first attempt that succeeded."""
        self._left = min(self._capacity, self._left + amount)
