"""System programs that a test needs."""

from __future__ import annotations

import shutil

from .running import missing


def needs_program(*names: str) -> None:
    """Skip the test if a program is not installed, or fail it if peers are required."""
    absent = [name for name in names if shutil.which(name) is None]
    if absent:
        missing(" and ".join(absent))
