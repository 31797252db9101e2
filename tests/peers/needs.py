"""Programs of the system that a test cannot do without."""

from __future__ import annotations

import shutil

from .running import missing


def needs_program(*names: str) -> None:
    """End the test unless they are installed: as a failure where peers must be there, else as a skip."""
    absent = [name for name in names if shutil.which(name) is None]
    if absent:
        missing(" and ".join(absent))
