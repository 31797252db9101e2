"""Exponentiation mod N in slices of about a millisecond, so that an event loop can run other tasks between them.

Each function is a generator that yields between slices and returns the result; `complete` runs it without a break. One
`pow()` of this size blocks the interpreter for 10 to 40 ms. A worker thread does not help, because `pow()` holds the
GIL all the time. With gmpy2, a whole exponentiation takes less time than a slice.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Generator
from typing import Any, TypeVar

from .groups import G, N

gmpy2: Any
try:
    gmpy2 = importlib.import_module("gmpy2")
except ImportError:
    gmpy2 = None

T = TypeVar("T")
Steps = Generator[None, None, T]

# Powers of the fixed base G are computed by the comb method, which reads the exponent's bits as 8 rows ("teeth") of 32
# columns. Each column costs one squaring and one multiplication by an entry of a table. The table has 2**7 products
# instead of 2**8, because the last tooth multiplies by 2, which is a shift.
_TEETH = 8
_COLUMNS = 32
_COMB_BITS = _TEETH * _COLUMNS
# Powers of any other base are computed by windows: parts of the exponent with at most 5 bits. They begin and end with a
# one, so the table needs only odd powers.
_WINDOW_BITS = 5
_WINDOWS = re.compile(f"1(?:[01]{{0,{_WINDOW_BITS - 2}}}1)?|0{{1,{_WINDOW_BITS}}}")
# One multiplication takes 30 microseconds. With the event loop's own work, a slice takes about a millisecond.
_MULTIPLICATIONS_PER_SLICE = 32

_comb: list[Any] = []


def complete(steps: Steps[T]) -> T:
    """Run all slices without a break and return the result, for callers without an event loop."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


def power_of_g(exponent: int) -> Steps[int]:
    """Return `G ** exponent mod N`. Exponents of up to 256 bits use the comb, which is built once in a process."""
    if exponent.bit_length() > _COMB_BITS:
        return (yield from power(G, exponent))
    if not _comb:
        # Assign the complete table in one step, because another handshake may be building it at the same time.
        _comb[:] = yield from _build_comb()
    result = _number(1)
    bits = f"{exponent:0{_COMB_BITS}b}"
    for column in range(_COLUMNS):
        teeth = int(bits[column::_COLUMNS], 2)
        result = result * result % N
        result = (result * _comb[teeth >> 1] << (teeth & 1)) % N
        if column % (_MULTIPLICATIONS_PER_SLICE // 2) == 0:
            yield
    return int(result)


def power(base: int, exponent: int) -> Steps[int]:
    """Return `base ** exponent mod N` for any base: with gmpy2 if it is installed, otherwise by sliding windows."""
    if gmpy2 is not None:
        yield
        return int(gmpy2.powmod(base, exponent, N))
    odd_powers = [base % N]
    square = base * base % N
    while len(odd_powers) < 1 << (_WINDOW_BITS - 1):
        odd_powers.append(odd_powers[-1] * square % N)
    yield
    result, multiplications = 1, 0
    for window in _WINDOWS.findall(f"{exponent:b}"):
        result = pow(result, 1 << len(window), N)
        digit = int(window, 2)
        if digit:
            result = result * odd_powers[digit >> 1] % N
        multiplications += len(window) + 1
        if multiplications >= _MULTIPLICATIONS_PER_SLICE:
            multiplications = 0
            yield
    return result


def _build_comb() -> Steps[list[Any]]:
    row = _number(G)
    rows: list[Any] = []
    while len(rows) < _TEETH - 1:
        for _ in range(_COLUMNS):
            row = row * row % N
        rows.append(row)
        yield
    table = [_number(1)]
    for tooth_power in rows:
        for entry in table[:]:
            table.append(entry * tooth_power % N)
            if len(table) % _MULTIPLICATIONS_PER_SLICE == 0:
                yield
    return table


def _number(value: int) -> Any:
    return value if gmpy2 is None else gmpy2.mpz(value)
