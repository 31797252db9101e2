"""Tokens and what belongs to them, as values.

`states` is on pydantic and imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import states as states
else:
    states = LazyModule(f"{__name__}.states")
