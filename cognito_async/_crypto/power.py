"""Exponentiation mod N in slices of about a millisecond, so that an event loop can breathe between them.

Each function is a generator that yields between slices and returns the result; `complete` runs one
to its end. One `pow()` of this size holds the interpreter for 10 to 40 ms, and a worker thread does
not help, because it holds the GIL for all of it. With gmpy2 a whole power is shorter than a slice.
"""

from __future__ import annotations

import importlib
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

# A fixed base takes a comb: the exponent's bits are read as 8 rows ("teeth") of 32 columns, and each
# column costs one squaring and one multiplication by an entry of a table of 2**8 products.
_TEETH = 8
_COLUMNS = 32
_COMB_BITS = _TEETH * _COLUMNS
_WINDOW = 5
_MULTIPLICATIONS_PER_SLICE = 24

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
    for column in reversed(range(_COLUMNS)):
        index = 0
        for tooth in range(_TEETH):
            index |= (exponent >> (tooth * _COLUMNS + column) & 1) << tooth
        result = result * result % N
        result = result * _comb[index] % N
        if column % (_MULTIPLICATIONS_PER_SLICE // 2) == 0:
            yield
    return int(result)


def power(base: int, exponent: int) -> Steps[int]:
    """`base ** exponent mod N` for any base: fixed windows over builtin `pow()`."""
    if gmpy2 is not None:
        yield
        return int(gmpy2.powmod(base, exponent, N))
    table = [1, base % N]
    while len(table) < 1 << _WINDOW:
        table.append(table[-1] * table[1] % N)
        if len(table) % _MULTIPLICATIONS_PER_SLICE == 0:
            yield
    result = 1
    windows = -(-exponent.bit_length() // _WINDOW)
    for window in reversed(range(windows)):
        digit = exponent >> (window * _WINDOW) & ((1 << _WINDOW) - 1)
        result = pow(result, 1 << _WINDOW, N) * table[digit] % N
        if window % (_MULTIPLICATIONS_PER_SLICE // (_WINDOW + 1)) == 0:
            yield
    return result


def _build_comb() -> Steps[list[Any]]:
    row = _number(G)
    rows = [row]
    while len(rows) < _TEETH:
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
