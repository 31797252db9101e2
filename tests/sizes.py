"""How much a run tries: all of it with `CI=true`, as `.ci/run` has it there, and a share of it at a desk."""

from __future__ import annotations

import os

# Every test runs at a desk too: what is smaller there is how many examples, days and repetitions one takes.
FULL = os.environ.get("CI") == "true"


def examples(number: int) -> int:
    """Return how many examples hypothesis tries where `number` are tried with `CI=true`."""
    return number if FULL else max(2, number // 5)
