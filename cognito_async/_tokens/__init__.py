"""Floor 2: tokens, how they are kept, moved and renewed.

What is on pydantic is imported when it is first used; `from .states import name` uses it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._ground.lazy import LazyModule

if TYPE_CHECKING:
    from . import people as people
    from . import states as states
else:
    people = LazyModule(f"{__name__}.people")
    states = LazyModule(f"{__name__}.states")
