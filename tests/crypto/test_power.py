"""Sliced exponentiation, with and without gmpy2: same results as the built-in `pow()`, in short slices."""

from __future__ import annotations

import importlib.util
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cognito_async._crypto import power
from cognito_async._crypto.groups import G, N
from tests.sizes import examples


@pytest.fixture(params=["pow", "gmpy2"])
def arithmetic(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "gmpy2" and power.gmpy2 is None:
        # With and without gmpy2, the algorithms are the same, so a substitute for its two functions tests them too.
        monkeypatch.setattr(power, "gmpy2", _Gmpy2)
    elif request.param == "pow":
        monkeypatch.setattr(power, "gmpy2", None)
    monkeypatch.setattr(power, "_comb", [])
    return str(request.param)


class _Gmpy2:
    mpz = staticmethod(int)
    powmod = staticmethod(pow)


EXPONENTS = st.integers(0, 2**600) | st.sampled_from([0, 1, 2, 31, 32, 2**255, 2**256 - 1, 2**256, 2**1024 - 1])


@pytest.mark.usefixtures("arithmetic")
def test_powers_equal_builtin_pow() -> None:
    @settings(deadline=None, max_examples=examples(60))
    @given(EXPONENTS, st.integers(0, 2 * N))
    @example(0, 0)
    def check(exponent: int, base: int) -> None:
        assert power.complete(power.power_of_g(exponent)) == pow(G, exponent, N)
        assert power.complete(power.power(base, exponent)) == pow(base, exponent, N)

    check()


def test_slices_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "gmpy2", None)
    monkeypatch.setattr(power, "_comb", [])
    base = pow(G, 2**200 - 7, N)
    for steps in [power.power_of_g(2**256 - 1), power.power_of_g(2**256 - 1), power.power(base, 2**512 - 1)]:
        slices = _slices(steps)
        assert sorted(slices)[len(slices) // 2] < 0.004, "a slice must take about a millisecond"
        assert len(slices) >= 3


def _slices(steps: power.Steps[int]) -> list[float]:
    durations: list[float] = []
    while True:
        started = time.perf_counter()
        try:
            next(steps)
        except StopIteration:
            return durations
        finally:
            durations.append(time.perf_counter() - started)


def test_comb_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "_comb", [])
    power.complete(power.power_of_g(5))
    comb = list(power._comb)
    power.complete(power.power_of_g(6))
    assert len(comb) == 128 and power._comb == comb


def test_concurrent_builders_build_a_correct_comb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "_comb", [])
    first, second = power.power_of_g(3), power.power_of_g(2**256 - 1)
    next(first)
    next(second)
    assert power.complete(first) == 8
    assert power.complete(second) == pow(G, 2**256 - 1, N)
    assert power.complete(power.power_of_g(2**255 + 9)) == pow(G, 2**255 + 9, N)


def test_powers_are_computed_without_gmpy2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmpy2", None)
    spec = importlib.util.find_spec(power.__name__)
    assert spec is not None and spec.loader is not None
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert without.gmpy2 is None
    assert without.complete(without.power_of_g(5)) == 32


def test_gmpy2_is_used_if_installed() -> None:
    assert (power.gmpy2 is not None) == (importlib.util.find_spec("gmpy2") is not None)
