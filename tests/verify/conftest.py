"""Fixtures of the tests of the verifier."""

from __future__ import annotations

import pytest

from .making import Keys, pool_keys


@pytest.fixture(scope="session")
def keys() -> Keys:
    """The keys of a user pool, made once for each process."""
    return pool_keys()
