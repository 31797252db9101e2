"""Floor 5: what users say, in their words.

The results are on pydantic, and imported when the first is used; `from .results import name` uses it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._ground.lazy import LazyModule

if TYPE_CHECKING:
    from . import admin_results as admin_results
    from . import results as results
else:
    admin_results = LazyModule(f"{__name__}.admin_results")
    results = LazyModule(f"{__name__}.results")
