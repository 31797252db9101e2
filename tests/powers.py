"""Powers for the tests' own side of SRP: by gmpy2 where it is installed, which takes a tenth of builtin `pow`'s time.

`tests/crypto/test_power.py` shows that the two agree; CI tests the lowest versions without gmpy2.
"""

from __future__ import annotations

import importlib
from typing import Any

gmpy2: Any
try:
    gmpy2 = importlib.import_module("gmpy2")
except ImportError:
    gmpy2 = None


def power(base: int, exponent: int, modulus: int) -> int:
    return pow(base, exponent, modulus) if gmpy2 is None else int(gmpy2.powmod(base, exponent, modulus))
