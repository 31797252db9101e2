"""The servers and connections of `tests.serving`, a server with threads, and requests of three shapes."""

import pytest

from tests.blocking_server import server
from tests.http.shapes import TRIED, Shape
from tests.serving import certificate, clock, connection, connections, failure, no_leak, one_place, serve

__all__ = [
    "certificate",
    "clock",
    "connection",
    "connections",
    "failure",
    "no_leak",
    "one_place",
    "serve",
    "server",
    "shape",
]


@pytest.fixture(params=list(TRIED.values()), ids=list(TRIED))
def shape(request: pytest.FixtureRequest) -> Shape:
    """Return the shape of a test's requests. The test runs once for each shape."""
    chosen: Shape = request.param
    return chosen
