"""The projects in `examples/` pass their tests, as in the wheel (`scripts/build`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("name", "passed"), [("lambda_triggers", 24), ("orders_service", 33)])
def test_example_project_passes_its_tests(name: str, passed: int) -> None:
    # `-p`, because the plugin's entry point is missing where the package is not installed.
    options = ["-q", "-p", "no:cacheprovider", "-p", "pytest_cognito_async"]
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=ROOT / "examples" / name,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (outcome.returncode, f"{passed} passed" in outcome.stdout) == (0, True), outcome.stdout
