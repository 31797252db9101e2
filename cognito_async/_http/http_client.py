"""The interfaces of a client that a program passes as `http_client=`, and of its responses."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class HttpResponse(Protocol):
    """The part of a response that this package uses; `httpx.Response` and `httpx2.Response` have it."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def aiter_bytes(self) -> AsyncIterator[bytes]: ...


class HttpClient(Protocol):
    """The type of `http_client=`: an `httpx.AsyncClient`, an `httpx2.AsyncClient`, or another with this method."""

    def stream(
        self,
        method: str,
        url: str,
        *,
        content: AsyncIterable[bytes],
        headers: Mapping[str, str],
        timeout: None,
        follow_redirects: bool,
    ) -> AbstractAsyncContextManager[HttpResponse]: ...
