"""The trusted certificates, read once per process, and never on an event loop."""

from __future__ import annotations

import functools
import ssl
import threading

import httpx

_lock = threading.Lock()


def tls_context(scheme: str) -> ssl.SSLContext:
    """Return the context for an origin: one per process for https. Reads files, so call it in a worker thread."""
    if scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without certificates: it reads no file
    with _lock:  # so that threads that start together read the files once
        return ca_context()


@functools.cache
def ca_context() -> ssl.SSLContext:
    """Return the context with the environment's trusted certificates. The first call takes 45 ms or more."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    # By default, Python does not show whether the server closed the connection or a third party cut it.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context
