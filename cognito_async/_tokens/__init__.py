"""Values: tokens, their claims, device secrets and saved states.

`states` needs pydantic and is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import states as states
else:
    states = LazyModule(f"{__name__}.states")
