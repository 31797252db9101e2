"""The size of tests that repeat themselves: full with `CI=true`, as CI has it, and smaller otherwise to save time."""

from __future__ import annotations

import os

# Whether to try all examples, days and repetitions. Without it, each test still runs, with fewer of them.
FULL = os.environ.get("CI") == "true"


def examples(number: int) -> int:
    """Return how many examples Hypothesis tries in a test that has `number` of them with `CI=true`."""
    return number if FULL else max(2, number // 5)
