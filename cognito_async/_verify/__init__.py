"""The local verification of tokens: their form, the keys of user pools, and the claims.

The modules that `pool.verifier` uses import cryptography, and are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.lazy import LazyModule

if TYPE_CHECKING:
    from . import claims as claims
    from . import options as options
    from . import verifier as verifier
else:
    claims = LazyModule(f"{__name__}.claims")
    options = LazyModule(f"{__name__}.options")
    verifier = LazyModule(f"{__name__}.verifier")
