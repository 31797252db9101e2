"""Exponentiation mod N in slices of about a millisecond, so that an event loop can breathe between them.

Each function is a generator that yields between slices and returns the result; `complete` runs one
to its end. One `pow()` of this size holds the interpreter for 10 to 40 ms, and a worker thread does
not help, because it holds the GIL for all of it. With gmpy2 a whole power is shorter than a slice.
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

# A fixed base takes a comb: the exponent's bits are read as 8 rows ("teeth") of 32 columns, and each column costs one
# squaring and one multiplication by an entry of a table of 2**7 products: the last tooth multiplies by 2, a mere shift.
_TEETH = 8
_COLUMNS = 32
_COMB_BITS = _TEETH * _COLUMNS
# Any other base takes windows of at most 5 bits that begin and end with a one, so only odd powers are in its table.
_WINDOW_BITS = 5
_WINDOWS = re.compile(f"1(?:[01]{{0,{_WINDOW_BITS - 2}}}1)?|0{{1,{_WINDOW_BITS}}}")
# One takes 30 microseconds; with the loop's own work that is about a millisecond.
_MULTIPLICATIONS_PER_SLICE = 32

_comb: list[Any] = []


def complete(steps: Steps[T]) -> T:
    """Run to the end without giving way: for programs that have no event loop to keep alive."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


def power_of_g(exponent: int) -> Steps[int]:
    """`G ** exponent mod N`; up to 256 bits through the comb, which is built once in a process."""
    if exponent.bit_length() > _COMB_BITS:
        return (yield from power(G, exponent))
    if not _comb:
        # Built aside and put in place at once: another handshake may be building the same table.
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
    """`base ** exponent mod N` for any base: sliding windows over builtin `pow()`."""
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
