"""Sign-in: its calls and its challenges.

The module of the results imports pydantic, so it is imported on its first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import results as results
else:
    results = LazyModule(f"{__name__}.results")
