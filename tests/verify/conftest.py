"""Fixtures of the tests of verifiers."""

from __future__ import annotations

import pytest

from tests.serving import connection, serve

from .making import Keys, pool_keys

__all__ = ["connection", "serve"]


@pytest.fixture(scope="session")
def keys() -> Keys:
    """The keys of a user pool, made once for each process."""
    return pool_keys()
