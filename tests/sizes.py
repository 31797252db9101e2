"""The size of the tests: all examples, days and repetitions with `CI=true`, and fewer of them otherwise."""

from __future__ import annotations

import os

# Every test also runs without `CI=true`, but takes less time.
FULL = os.environ.get("CI") == "true"


def examples(number: int) -> int:
    """Return the number of hypothesis's examples: `number` with `CI=true`, otherwise a fifth of it, but at least 2."""
    return number if FULL else max(2, number // 5)
