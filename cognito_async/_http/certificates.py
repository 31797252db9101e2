"""The trusted certificates, which are read once per process."""

from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path

import httpx

from .._core.concurrency.guard import BlockingLock
from .._core.errors import ConfigurationError
from .options import CaBundle

_lock = BlockingLock()


def tls_context(scheme: str, bundle: CaBundle | None = None) -> ssl.SSLContext:
    """Return the TLS context for a URL's scheme. All https connections of the process with one bundle share one.

    The first call for https reads files, so make it in a worker thread.

    Args:
        scheme: `http` or `https`.
        bundle: the certificates to trust; by default those of SSL_CERT_FILE, of SSL_CERT_DIR, or of certifi.

    Raises:
        ConfigurationError: if certificates cannot be read. The message names the setting and the path.
    """
    if scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # has no certificates, so no file is read
    with _lock:  # otherwise, threads that start together would each read the files
        return ca_context(bundle or _bundle_of_environment())


@functools.lru_cache(64)
def ca_context(bundle: CaBundle | None) -> ssl.SSLContext:
    """Return the context that trusts the certificates of a bundle. The first call takes 45 ms or more."""
    context = httpx.create_ssl_context(trust_env=False) if bundle is None else _context_of(bundle)
    context.set_alpn_protocols(["http/1.1"])
    # Python sets this option by default. With it, the end of a connection looks the same whether the server closed the
    # connection or a third party cut it.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context


def _bundle_of_environment() -> CaBundle | None:
    for name, is_folder in (("SSL_CERT_FILE", False), ("SSL_CERT_DIR", True)):
        if path := os.environ.get(name):
            return CaBundle(path, name, is_folder)
    return None


def _context_of(bundle: CaBundle) -> ssl.SSLContext:
    path = Path(bundle.path)
    try:
        if bundle.is_folder:
            # OpenSSL reads a certificate when a server presents one that this certificate signed.
            if any(Path(each).is_dir() for each in bundle.path.split(os.pathsep)):
                return ssl.create_default_context(capath=bundle.path)
            problem = "is not a folder"
        elif path.is_file():
            return ssl.create_default_context(cafile=path)
        else:
            problem = "is not a file"
    except (OSError, ValueError) as error:  # an `ssl.SSLError` is an `OSError`
        problem = f"cannot be read as certificates in PEM form ({type(error).__name__})"
    raise ConfigurationError(f"{bundle.origin}: {bundle.path!r} {problem}")
