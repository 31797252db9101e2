"""The calls of an administrator.

The results import pydantic, so they are imported at their first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import results as results
else:
    results = LazyModule(f"{__name__}.results")
