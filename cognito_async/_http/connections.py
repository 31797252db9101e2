"""The HTTP connections of one client: the choice of a backend, and the time limit of a request."""

from __future__ import annotations

import functools
import importlib
import sys
from contextlib import suppress

import anyio
import anyio.to_thread

from .._core.clock import Deadline
from .._core.concurrency.per_loop import LoopResource, PerLoop
from .._core.errors import ConfigurationError
from .backend import HttpBackend
from .failures import check_encoding, timed_out
from .http_client import HttpClient
from .message import HttpReply, HttpRequest
from .options import HttpOptions
from .origin import Origin


class HttpConnections:
    """The HTTP connections of one client. They send a request once, and return its reply, whatever its status.

    Each event loop has its own connections: for each origin, a pool of limited size, which the first request to the
    origin opens. Redirects are not followed.

    Args:
        options: the options of the connections.
    """

    def __init__(self, options: HttpOptions) -> None:
        self._injected = None if options.http_client is None else _backend_of(options.http_client)
        self._own = PerLoop(functools.partial(_LoopBackends, options))
        _import_event_loops()

    async def send(self, request: HttpRequest, deadline: Deadline) -> HttpReply:
        """Send the request once and return its reply.

        Raises:
            ConfigurationError: if the request, the environment's settings or the program's own client cannot be used.
            ConnectFailed: if nothing was sent.
            CallTimeout: if the deadline passed, and the request was not sent or may be repeated.
            InvalidReply: if the reply is too long or compressed.
            OutcomeUnknown: if the request was sent and must not be repeated, and its reply was lost or late.
            TransportError: the class itself, if the reply was lost and the request may be repeated.
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
        """Open the backend of an origin now, so that the time for this is not taken from a request's deadline.

        Raises:
            ConfigurationError: if the environment's settings cannot be used.
        """
        await self._own.get().open(origin)

    async def aclose(self) -> None:
        """Close the connections of the running event loop. The next request opens new ones.

        A client that the program passed as `http_client=` stays open.
        """
        own = self._own.pop()
        if own is not None:
            await own.aclose()


class _LoopBackends(LoopResource):
    """The backends of one event loop, by origin."""

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._opening = anyio.Lock()
        self._closed = False
        self.backends: dict[Origin, HttpBackend] = {}

    async def open(self, origin: Origin) -> HttpBackend:
        """Return the backend of an origin. The first caller opens it, and concurrent callers wait for it."""
        async with self._opening:
            if origin not in self.backends:
                self.backends[origin] = await self._open(origin)
                if self._closed:
                    await self.backends[origin].aclose()
            return self.backends[origin]

    async def aclose(self) -> None:
        """Close all backends. `open` closes one that it is opening, because waiting for it here could be cancelled."""
        self._closed = True
        for backend in self.backends.values():
            await backend.aclose()

    def drop(self) -> None:
        """Close all backends at once, in any thread, also if their event loop has ended."""
        for backend in self.backends.values():
            backend.drop()

    async def _open(self, origin: Origin) -> HttpBackend:
        # In a thread, because this reads certificates (45 ms or more), imports modules and looks up proxies.
        try:
            return await anyio.to_thread.run_sync(_open_backend, origin, self._options, abandon_on_cancel=True)
        except ConfigurationError as error:
            problem = error.message
        except Exception as error:  # noqa: BLE001 - an error of another library may show a proxy's password
            problem = f"no HTTP connections can be made ({type(error).__name__})"
        raise ConfigurationError(problem)


def _import_event_loops() -> None:
    """Import anyio's backend of each event loop that may run, so that the first request does not block its loop.

    The import for trio takes 100 ms, so it is done only if the program has imported trio.
    """
    for loop in ("asyncio", "trio"):
        if loop in sys.modules:
            with suppress(ImportError):  # anyio may rename these modules, because they are not public
                importlib.import_module(f"anyio._backends._{loop}")


def _open_backend(origin: Origin, options: HttpOptions) -> HttpBackend:
    from .opening import open_backend  # noqa: PLC0415 - in the thread, because its imports take long

    return open_backend(origin, options)


def _backend_of(client: HttpClient) -> HttpBackend:
    from .httpx_backend import HttpxBackend  # noqa: PLC0415 - imports httpx, which is slow

    return HttpxBackend(client)
