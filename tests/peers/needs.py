"""Programs that tests need and pip does not bring."""

from __future__ import annotations

import shutil

from .running import missing


def needs_program(*names: str) -> None:
    """End the test unless all of them are installed: as a failure where peers must be there, else as a skip."""
    for name in names:
        if shutil.which(name) is None:
            missing(name)
