"""The options of HTTP connections, as one object."""

from __future__ import annotations

from typing import NamedTuple

from .._core.clock import Clock
from .http_client import HttpClient


class HttpOptions(NamedTuple):
    """The options of a client's connections.

    Attributes:
        clock: measures how long a connection has been idle.
        http_client: sends every request instead. The caller owns it and must close it.
        use_proxies: whether to use the environment's proxies.
    """

    clock: Clock
    http_client: HttpClient | None = None
    use_proxies: bool = True
