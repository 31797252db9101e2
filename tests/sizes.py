"""The size of tests that repeat themselves: full with `CI=true`, as CI has it, and smaller otherwise to save time."""

from __future__ import annotations

import os
from itertools import product
from typing import Any

# Whether to try all examples, days and repetitions. Without it, each test still runs, with fewer of them.
FULL = os.environ.get("CI") == "true"


def examples(number: int) -> int:
    """Return how many examples Hypothesis tries in a test that has `number` of them with `CI=true`."""
    return number if FULL else max(2, number // 10)


def each_row(*tables: Any, of: int = 2) -> list[tuple[Any, ...]]:
    """Return the product of tables; without `CI=true` one case `of` so many, in which each row of each table occurs."""
    cases = product(*map(enumerate, tables))
    return [tuple(row for _, row in case) for case in cases if FULL or sum(place for place, _ in case) % of == 0]
