"""The HTTP connections of one client: the choice of a backend, and the time limit of a request."""

from __future__ import annotations

import functools
import importlib
import sys
from contextlib import suppress

import anyio
import anyio.to_thread

from .._core.clock import Deadline
from .._core.errors import ConfigurationError
from .._core.per_loop import PerLoop
from .backend import HttpBackend
from .failures import check_encoding, timed_out
from .http_client import HttpClient
from .message import HttpReply, HttpRequest
from .options import HttpOptions
from .origin import Origin


class HttpConnections:
    """Sends requests to any origin, each once, and returns the reply, whatever its status.

    Each event loop has its own connections: one bounded pool per origin, opened by the first request to it. Redirects
    are not followed.

    Args:
        options: the options of the connections.
    """

    def __init__(self, options: HttpOptions) -> None:
        self._injected = None if options.http_client is None else _backend_of(options.http_client)
        self._own = PerLoop(functools.partial(_LoopBackends, options))
        _import_event_loops()

    async def send(self, request: HttpRequest, deadline: Deadline) -> HttpReply:
        """Send once.

        Raises:
            ConfigurationError: if the request, the environment's settings or the injected client cannot be used.
            ConnectFailed: if nothing was sent.
            CallTimeout: if the deadline passed, and the request was not sent or may be repeated.
            InvalidReply: if the reply is too long or compressed.
            OutcomeUnknown: if the reply was lost or late, and the request must not be repeated.
            TransportError: itself, if the reply was lost and the request may be repeated.
        """
        with deadline.scope():
            backend = self._injected
            if backend is None:
                own = self._own.get()
                backend = own.backends.get(request.url.origin) or await own.open(request.url.origin)
            reply = await backend.exchange(request)
            check_encoding(reply.status_code, reply.headers)
            return reply
        raise timed_out(request)

    async def open(self, origin: Origin) -> None:
        """Open the backend of an origin now. Otherwise this would count against the first request's deadline.

        Raises:
            ConfigurationError: if the environment's settings cannot be used.
        """
        await self._own.get().open(origin)

    async def aclose(self) -> None:
        """Close the running loop's own connections; the next request opens new ones."""
        own = self._own.pop()
        if own is not None:
            await own.aclose()


class _LoopBackends:
    """The backends of one event loop, by origin."""

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._opening = anyio.Lock()
        self._closed = False
        self.backends: dict[Origin, HttpBackend] = {}

    async def open(self, origin: Origin) -> HttpBackend:
        """Return the backend of an origin, opened by the first caller."""
        async with self._opening:
            if origin not in self.backends:
                self.backends[origin] = await self._open(origin)
                if self._closed:
                    await self.backends[origin].aclose()
            return self.backends[origin]

    async def aclose(self) -> None:
        """Close all backends, without waiting for one that is being opened, because the caller is often cancelled."""
        self._closed = True
        for backend in self.backends.values():
            await backend.aclose()

    async def _open(self, origin: Origin) -> HttpBackend:
        # In a thread, because it reads the certificates (45 ms and more), imports, and looks up proxies.
        with suppress(Exception):
            return await anyio.to_thread.run_sync(_open_backend, origin, self._options, abandon_on_cancel=True)
        raise ConfigurationError(
            "no HTTP connections can be made: check the environment variables SSL_CERT_FILE, SSL_CERT_DIR, "
            "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"
        )


def _import_event_loops() -> None:
    """Import anyio's backend of each event loop that may run. Otherwise the first request would block its loop.

    trio's backend is imported only after trio, because it takes 100 ms, which other programs need not spend.
    """
    for loop in ("asyncio", "trio"):
        if loop in sys.modules:
            with suppress(ImportError):  # the names are not public
                importlib.import_module(f"anyio._backends._{loop}")


def _open_backend(origin: Origin, options: HttpOptions) -> HttpBackend:
    from .opening import open_backend  # noqa: PLC0415 - in the thread, because its imports take long

    return open_backend(origin, options)


def _backend_of(client: HttpClient) -> HttpBackend:
    from .httpx_backend import HttpxBackend  # noqa: PLC0415 - imports httpx, which other programs do not need yet

    return HttpxBackend(client)
