"""Sessions of signed-in users: refresh, sign-out, and their place in a store.

`signed_in_users` is on pydantic and imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import signed_in_users as signed_in_users
else:
    signed_in_users = LazyModule(f"{__name__}.signed_in_users")
