"""What happens where output is not read, and input not given."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.program import PATIENCE, environment

if sys.platform == "win32":
    pytest.skip("terminals and pipes of POSIX", allow_module_level=True)


def test_a_reader_that_has_seen_enough_is_no_reason_for_a_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "cognito_async", "demo"]
    with open(writer, "wb") as gone:
        outcome = subprocess.run(
            command, stdout=gone, stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE, check=False
        )
    assert (outcome.returncode, outcome.stderr) == (1, b"")
