"""The choice of an origin's backend: our own connection pool, or an httpx client if a proxy is named for the origin."""

from __future__ import annotations

import importlib

from .backend import HttpBackend
from .options import HttpOptions
from .origin import Origin
from .pool import open_pool
from .proxies import proxy_for


def open_backend(origin: Origin, options: HttpOptions) -> HttpBackend:
    """Open a backend. Call it in a worker thread, because it imports modules, reads certificates and finds proxies.

    Raises:
        ConfigurationError: if the certificates cannot be read, or if the proxy cannot be used.
    """
    # Otherwise the first request would import these on the event loop.
    importlib.import_module("encodings.idna")  # used to look up hosts
    importlib.import_module("email.utils")  # used to parse dates
    proxy = proxy_for(origin) if options.use_proxies else None
    is_secure = "https" in (origin.scheme, proxy.scheme if proxy else "")
    context = None
    if is_secure:
        from .certificates import tls_context  # noqa: PLC0415 - imports httpx

        context = tls_context("https", options.ca_bundle())
    if proxy is None:
        return open_pool(origin, context, options.clock, options.max_connections)
    from .httpx_backend import ProxyBackend  # noqa: PLC0415 - imports httpx

    return ProxyBackend(proxy, context, options.max_connections)
