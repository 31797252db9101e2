"""One HTTP exchange: by which way it goes, and which error stands for which accident.

The errors of the lower layers are raised anew, outside of the `except` that caught them: none of them is kept.
"""

from __future__ import annotations

import functools
import importlib
import sys
from contextlib import suppress

import anyio
import anyio.to_thread

from .._aws.rpc import Effect, HttpClient, RpcReply, RpcRequest
from .._aws.service_time import ServiceTime
from .._core.clock import Clock, Deadline
from .._core.errors import (
    CallTimeout,
    CognitoError,
    ConfigurationError,
    ConnectFailed,
    InvalidReply,
    OutcomeUnknown,
    TransportError,
)
from .._core.per_loop import PerLoop
from .message import BadHeader, Lost, Outgoing, Unsent, Unusable, Way, check_encoding


class HttpTransport:
    """Sends a request as it is, once, and returns whatever HTTP reply comes, whatever its status.

    Args:
        endpoint: checked URL of the service.
        http_client: used for every call and never closed here; without one, each event loop gets its own connections.
        service_time: is told the `Date` of every reply.
        clock: tells how long a connection has idled.
    """

    def __init__(
        self, endpoint: str, *, http_client: HttpClient | None, service_time: ServiceTime, clock: Clock
    ) -> None:
        self.endpoint = endpoint
        self._injected = None if http_client is None else _way_of(http_client, endpoint)
        self._service_time = service_time
        self._own = PerLoop(functools.partial(_OwnWay, endpoint, clock))
        _import_backends()

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        """Send once.

        Raises:
            ConfigurationError: when the environment makes no connections, the injected client cannot be used, or
                a header cannot be sent.
            ConnectFailed, CallTimeout, InvalidReply: as they say.
            OutcomeUnknown: when the reply to an ONCE call was lost.
            TransportError: itself, when the reply to a REPEATABLE call was lost.
        """
        outgoing = _outgoing(request)
        outcome: RpcReply | CognitoError
        with deadline.scope() as scope:
            try:
                way = self._injected or self._own.get().way or await self._own.get().open()
                outcome = await way.exchange(outgoing)
                self._service_time.observe(outcome.headers.get("date"))
                check_encoding(outcome.status_code, outcome.headers)
            except ConfigurationError as error:
                error.operation = request.operation
                outcome = error
            except Exception as error:  # noqa: BLE001 - nothing that was sent may show in a traceback
                outcome = _explain(error, request, sent=outgoing.sent)
        if scope.cancelled_caught:
            outcome = _timed_out(request, sent=outgoing.sent)
        if isinstance(outcome, RpcReply):
            return outcome
        raise outcome

    async def aclose(self) -> None:
        """Close the running loop's own connections; the next call makes new ones."""
        own = self._own.pop()
        if own is not None:
            await own.aclose()


class _OwnWay:
    """One event loop's own connections, opened at the loop's first call; `way` is `None` until then."""

    def __init__(self, endpoint: str, clock: Clock) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._opening = anyio.Lock()
        self.way: Way | None = None
        self._closed = False

    async def open(self) -> Way:
        async with self._opening:
            if self.way is None:
                self.way = await self._make()
                if self._closed:
                    await self.way.aclose()
            return self.way

    async def aclose(self) -> None:
        self._closed = True  # so what is just being made is closed too
        if self.way is not None:  # and nothing is waited for, since who closes is often cancelled
            await self.way.aclose()

    async def _make(self) -> Way:
        # In a thread, because it reads the certificates (45 ms and more), imports, and asks for the proxies.
        with suppress(Exception):
            return await anyio.to_thread.run_sync(_open_way, self._endpoint, self._clock, abandon_on_cancel=True)
        raise ConfigurationError(
            "no HTTP connections can be made: check the environment variables SSL_CERT_FILE, SSL_CERT_DIR, "
            "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"
        )


def _import_backends() -> None:
    """Import what the first call would import while its loop waits: anyio's half for each loop that may come.

    trio's only if trio is there already, since it takes a tenth of a second that other programs need not spend.
    """
    for loop in ("asyncio", "trio"):
        if loop in sys.modules:
            with suppress(ImportError):  # the names are not promised to us
                importlib.import_module(f"anyio._backends._{loop}")


def _open_way(endpoint: str, clock: Clock) -> Way:
    from .opening import open_way  # noqa: PLC0415 - in the thread: what it stands on takes longest of all to import

    return open_way(endpoint, clock)


def _way_of(client: HttpClient, endpoint: str) -> Way:
    from .httpx_backend import ClientWay  # noqa: PLC0415 - who has no client of its own need not wait for httpx here

    return ClientWay(client, endpoint)


def _outgoing(request: RpcRequest) -> Outgoing:
    headers = request.wire_headers()
    headers["accept-encoding"] = "identity"
    headers["content-length"] = str(len(request.body))
    try:
        return Outgoing(headers, request.body, request.effect is Effect.REPEATABLE)
    except BadHeader as bad:
        name = repr(str(bad))
    raise ConfigurationError(f"{name} holds a character that no HTTP header may have", operation=request.operation)


def _explain(error: Exception, request: RpcRequest, *, sent: bool) -> CognitoError:
    if isinstance(error, Unusable):
        return InvalidReply(
            f"the reply is {error}; check that the endpoint is the service and no proxy answers for it",
            status_code=error.status_code,
            operation=request.operation,
        )
    kind = str(error) if isinstance(error, (Unsent, Lost)) else type(error).__name__
    if isinstance(error, Unsent) or not sent:
        return ConnectFailed(
            f"no connection to the service ({kind}); nothing was sent. Check endpoint, network, proxy and certificates",
            operation=request.operation,
        )
    return _lost(request, f"the call was sent and its reply was lost ({kind})")


def _lost(request: RpcRequest, what: str) -> TransportError:
    if request.effect is Effect.ONCE:
        what += "; it may have taken effect, so look before you repeat it"
        return OutcomeUnknown(what, operation=request.operation)
    return TransportError(f"{what}; it is safe to repeat", operation=request.operation)


def _timed_out(request: RpcRequest, *, sent: bool) -> TransportError:
    if sent and request.effect is Effect.ONCE:
        return _lost(request, "the call was sent and its time limit passed before a reply came")
    return CallTimeout("no answer within the call's time limit (timeout=, seconds)", operation=request.operation)
