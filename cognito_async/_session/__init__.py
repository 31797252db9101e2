"""Sessions of signed-in users: their tokens, refresh, sign-out, and their records in a store.

`signed_in_users` needs pydantic and is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import signed_in_users as signed_in_users
else:
    signed_in_users = LazyModule(f"{__name__}.signed_in_users")
