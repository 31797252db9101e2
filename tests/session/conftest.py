"""The servers and connections of `tests.serving`."""

from tests.serving import connection, serve

__all__ = ["connection", "serve"]
