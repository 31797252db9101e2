"""The choice of an origin's backend: our own connection pool, or an httpx client if the environment names a proxy."""

from __future__ import annotations

import importlib
from urllib.request import getproxies

from .backend import HttpBackend
from .options import HttpOptions
from .origin import Origin
from .pool import open_pool


def open_backend(origin: Origin, options: HttpOptions) -> HttpBackend:
    """Open a backend. Call it in a worker thread, because it imports modules, reads certificates and finds proxies."""
    # Otherwise the first request would import these on the event loop.
    importlib.import_module("encodings.idna")  # used to look up hosts
    importlib.import_module("email.utils")  # used to parse dates
    is_proxied = options.use_proxies and bool(getproxies().keys() & {origin.scheme, "all"})
    if origin.scheme == "http" and not is_proxied:
        return open_pool(origin, None, options.clock)
    from .certificates import tls_context  # noqa: PLC0415 - imports httpx

    context = tls_context(origin.scheme)
    if not is_proxied:
        return open_pool(origin, context, options.clock)
    from .httpx_backend import ProxyBackend  # noqa: PLC0415 - imports httpx

    return ProxyBackend(context)
