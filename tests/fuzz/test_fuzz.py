"""50,000 changed replies, tokens, states and store records: only a `CognitoError` reaches the program.

A failure names its case, and each case has its own seed. `CI=true python -m pytest "tests/fuzz/test_fuzz.py::…[…]"`
repeats it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from cognito_async import errors
from tests.sizes import FULL

from .targets import TARGETS

pytestmark = pytest.mark.anyio

# Without CI=true, the test tries only each 100th case.
EVERY = 1 if FULL else 100


@pytest.mark.parametrize("name", TARGETS)
async def test_only_the_errors_of_the_package_are_raised(name: str, anyio_backend: str, tmp_path: Path) -> None:
    number, target = TARGETS[name]
    # Each backend runs half of the cases.
    for case in range(anyio_backend == "trio", number, 2 * EVERY):
        try:
            with suppress(errors.CognitoError):
                await target(Random(f"{name} {case}"), tmp_path)
        except Exception as error:
            error.add_note(f"in case {case} of {name!r}")
            raise


def test_there_are_50_000_cases() -> None:
    assert sum(number for number, _ in TARGETS.values()) == 50_000
