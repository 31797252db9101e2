"""The options of HTTP connections, as one object."""

from __future__ import annotations

from typing import NamedTuple

from .._core.clock import Clock
from .http_client import HttpClient


class HttpOptions(NamedTuple):
    """The options of a client's connections.

    Attributes:
        clock: measures how long a connection has been idle.
        http_client: the program's own client, which then sends every request. The program must close it. By default,
            the package opens connections itself.
        use_proxies: whether to use the proxies that the environment names; by default they are used.
    """

    clock: Clock
    http_client: HttpClient | None = None
    use_proxies: bool = True
