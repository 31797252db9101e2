"""Fixtures of the tests of verifiers."""

from tests.serving import connection, serve

__all__ = ["connection", "serve"]
