"""One question to a service that gives out credentials: bounded in time and size, by no proxy, to no other place.

What httpx raises never leaves this file: it keeps the request, and with it a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from ..._core.clock import Clock
from ..._core.redact import MaskedBytes

if TYPE_CHECKING:
    import httpx

MAX_ANSWER_BYTES = 64 * 1024
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where, and how patiently: `seconds` for each of so many tries."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    seconds: float = 1.0
    tries: int = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, whatever its status; the body does not show."""

    status: int
    body: bytes


async def ask(question: Question, clock: Clock) -> Answer | str:
    """The answer, or in a few words why there is none."""
    # In a thread, because it imports httpx and, for https, reads the certificates.
    client = await anyio.to_thread.run_sync(_client, urlsplit(question.url).scheme, abandon_on_cancel=True)
    async with client:
        outcome = await _ask_once(question, client, clock)
        for number in range(1, question.tries):
            if isinstance(outcome, Answer) and outcome.status < 500 and outcome.status != 429:
                break
            await clock.sleep(_PAUSE_SECONDS * number)
            outcome = await _ask_once(question, client, clock)
    return outcome


def _client(scheme: str) -> httpx.AsyncClient:
    import httpx  # noqa: PLC0415

    from ..._http.httpx_backend import tls_context  # noqa: PLC0415 - in the thread: httpx takes long to import

    return httpx.AsyncClient(verify=tls_context(scheme), trust_env=False, timeout=None)  # noqa: S113 - see `_ask_once`


async def _ask_once(question: Question, client: httpx.AsyncClient, clock: Clock) -> Answer | str:
    outcome: Answer | str = f"no answer within {question.seconds:g} s"
    with clock.move_on_after(question.seconds):
        try:
            async with client.stream(
                question.method,
                question.url,
                headers={"accept-encoding": "identity", **question.headers},
                content=question.body,
                follow_redirects=False,
            ) as response:
                outcome = await _read(response)
        except Exception as error:  # noqa: BLE001 - it keeps the request
            outcome = type(error).__name__
    return outcome


async def _read(response: httpx.Response) -> Answer | str:
    received = bytearray()
    with anyio.CancelScope() as enough:
        async for chunk in response.aiter_raw():
            received += chunk
            del chunk  # no frame's locals show a part of credentials
            if len(received) > MAX_ANSWER_BYTES:
                enough.cancel()  # and no `break`, which would leave httpx's generators to the garbage collector
    if enough.cancel_called:
        return f"an answer of more than {MAX_ANSWER_BYTES // 1024} KiB"
    return Answer(response.status_code, MaskedBytes(received))
