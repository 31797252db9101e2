"""Sign-in: its calls and its challenges.

The results are on pydantic and imported when the first is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import results as results
else:
    results = LazyModule(f"{__name__}.results")
