"""The options of HTTP connections, as one object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .http_client import HttpClient

# Enough for 1,000 calls per second of 100 ms each; further calls wait in order.
MOST_CONNECTIONS = 100
# A computer has few more ports for connections to one address.
_LARGEST_LIMIT = 10_000


def check_max_connections(value: Any) -> int:
    """Return the argument `max_connections`.

    Raises:
        ConfigurationError: if it is not a whole number from 1 to 10,000.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_LIMIT:
        raise ConfigurationError(f"max_connections must be a whole number from 1 to {_LARGEST_LIMIT:,}")
    return value


class CaBundle(NamedTuple):
    """Trusted certificates in PEM form.

    Attributes:
        path: the path of a file, or the paths of folders.
        origin: the name of the setting that has the path, for error messages.
        is_folder: whether `path` names folders, as in SSL_CERT_DIR.
    """

    path: str
    origin: str
    is_folder: bool = False


def no_bundle() -> CaBundle | None:
    """Return `None`: the usual certificates are trusted."""
    return None


class HttpOptions(NamedTuple):
    """The options of a client's connections.

    Attributes:
        clock: measures how long a connection has been idle.
        http_client: the program's own client, which then sends every request. The program must close it. By default,
            the package opens connections itself.
        use_proxies: whether to use the proxies that the environment names; by default they are used.
        ca_bundle: returns the certificates to trust. It is called in a worker thread. By default, the usual ones.
        max_connections: the largest number of open connections to one origin, on one event loop; 100 by default.
    """

    clock: Clock
    http_client: HttpClient | None = None
    use_proxies: bool = True
    ca_bundle: Callable[[], CaBundle | None] = no_bundle
    max_connections: int = MOST_CONNECTIONS
