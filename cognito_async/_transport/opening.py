"""What an event loop's first call opens: our own connections, or httpx's where the environment names a proxy."""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress
from urllib.request import getproxies

from .._ground.clock import Clock
from .exchange import Way
from .over_httpx import OwnClientWay, tls_context
from .pool import open_pool
from .stream import Origin


def import_backends() -> None:
    """Import what the first call would import while its loop waits: anyio's half for each loop that may come.

    trio's only if trio is there already, since it takes a tenth of a second that other programs need not spend.
    """
    for loop in ("asyncio", "trio"):
        if loop in sys.modules:
            with suppress(ImportError):  # the names are not promised to us
                importlib.import_module(f"anyio._backends._{loop}")


def open_way(endpoint: str, clock: Clock) -> Way:
    """Takes a while, and wants to be called in a thread: it imports, reads certificates and asks for proxies."""
    importlib.import_module("encodings.idna")  # what a host's name is looked up by
    origin = Origin.of(endpoint)
    context = tls_context(origin.scheme)
    if getproxies().keys() & {origin.scheme, "all"}:
        return OwnClientWay(endpoint, context)
    return open_pool(origin, context, clock)
