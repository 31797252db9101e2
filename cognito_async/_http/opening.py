"""What an event loop's first call opens: our own connections, or httpx's where the environment names a proxy."""

from __future__ import annotations

import importlib
import ssl
from urllib.request import getproxies

from .._core.clock import Clock
from .message import Way
from .pool import open_pool
from .stream import Origin


def open_way(endpoint: str, clock: Clock) -> Way:
    """Takes a while, and wants to be called in a thread: it imports, reads certificates and asks for proxies."""
    importlib.import_module("encodings.idna")  # what hosts are looked up by
    importlib.import_module("email.utils")  # what dates are read by
    origin = Origin.of(endpoint)
    proxied = getproxies().keys() & {origin.scheme, "all"}
    if origin.scheme == "http" and not proxied:
        return open_pool(origin, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), clock)  # trusts nobody, and costs no file
    from .httpx_backend import OwnClientWay, tls_context  # noqa: PLC0415 - brings httpx along

    context = tls_context(origin.scheme)
    return OwnClientWay(endpoint, context) if proxied else open_pool(origin, context, clock)
