"""Calls to a service that issues credentials: an instance's metadata service, a container's endpoint, or STS.

The calls do not use the program's own `http_client`, and do not follow redirects. By default, they use no proxy: only
STS is outside the machine's own network.
"""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Self

from ..._core.clock import Clock, Deadline
from ..._core.errors import CallTimeout, InvalidReply, TransportError
from ..._core.secret import Secret, Texts, opened
from ..._http.attempt_hooks import Attempt
from ..._http.connections import HttpConnections
from ..._http.message import HttpReply, HttpRequest
from ..._http.options import HttpOptions
from ..._http.origin import Url

MAX_REPLY_BYTES = 64 * 1024
_PAUSE_SECONDS = 0.2


class Issuer:
    """Connections to one service, closed at the end of an `async with` block.

    Args:
        clock: measures the time of each attempt.
        seconds: the time limit of each attempt.
        attempts: most attempts of a request, the first included.
        options: the options of the connections; by default, they use no proxy.
    """

    def __init__(
        self, clock: Clock, *, seconds: float = 1.0, attempts: int = 2, options: HttpOptions | None = None
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._attempts = attempts
        self._connections = HttpConnections(options or HttpOptions(clock, use_proxies=False))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._connections.aclose()

    async def ask(self, method: str, url: Url, headers: Texts, body: Secret[bytes] | None = None) -> HttpReply:
        """Send a request and return its reply, whatever its status. Retry after a failure, a 5xx status or a 429.

        Raises:
            TransportError: if no reply arrives; the message is a short reason.
        """
        await self._connections.open(url.origin)  # before the time of an attempt starts, because it may take long
        for number in range(1, self._attempts):
            with suppress(TransportError):
                reply = await self._attempt(number, method, url, headers, body)
                if reply.status_code < 500 and reply.status_code != 429:
                    return reply
            await self._clock.sleep(_PAUSE_SECONDS * number)
        return await self._attempt(self._attempts, method, url, headers, body)

    async def _attempt(
        self, number: int, method: str, url: Url, headers: Texts, body: Secret[bytes] | None
    ) -> HttpReply:
        request = HttpRequest(
            method,
            url,
            opened({**headers}),
            b"" if body is None else body.reveal(),
            repeatable=True,
            max_reply_bytes=MAX_REPLY_BYTES,
        )
        # The log leaves out the path, because the path of a container's endpoint can be a secret.
        name = f"{method} {url.origin.scheme}://{url.origin.authority}"
        attempt = Attempt(self._clock, None, name, number, len(request.body))
        try:
            reply = await self._connections.send(request, Deadline(self._clock, self._seconds))
        except TransportError as error:
            attempt.failed(error)
            reason = self._reason(error)
        else:
            attempt.replied(reply.status_code)
            return reply
        raise TransportError(reason)

    def _reason(self, error: TransportError) -> str:
        if isinstance(error, CallTimeout):
            return f"no reply within {self._seconds:g} s"
        if isinstance(error, InvalidReply):
            return f"a reply of more than {MAX_REPLY_BYTES // 1024} KiB, or a compressed one"
        return type(error).__name__
