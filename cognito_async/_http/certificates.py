"""The trusted certificates, which are read once per process."""

from __future__ import annotations

import functools
import ssl

import httpx

from .._core.concurrency.guard import BlockingLock

_lock = BlockingLock()


def tls_context(scheme: str) -> ssl.SSLContext:
    """Return the TLS context for a URL's scheme. All https connections of the process share one.

    The first call for https reads files, so make it in a worker thread.
    """
    if scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # has no certificates, so no file is read
    with _lock:  # otherwise, threads that start together would each read the files
        return ca_context()


@functools.cache
def ca_context() -> ssl.SSLContext:
    """Return the context with the environment's trusted certificates. The first call takes 45 ms or more."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    # Python sets this option by default. With it, the end of a connection looks the same whether the server closed the
    # connection or a third party cut it.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context
