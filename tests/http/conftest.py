"""The servers and connections of `tests.serving`."""

from tests.serving import certificate, clock, connection, failure, no_leak, one_place, serve, transport

__all__ = ["certificate", "clock", "connection", "failure", "no_leak", "one_place", "serve", "transport"]
