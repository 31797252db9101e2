"""The interfaces of a client that a program passes as `http_client=`, and of its responses."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from .._core.errors import ConfigurationError


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


def check_http_client(value: Any) -> HttpClient | None:
    """Return the argument `http_client`.

    Raises:
        ConfigurationError: if it has no method `stream`.
    """
    if value is not None and not callable(getattr(value, "stream", None)):
        raise ConfigurationError("http_client must be an httpx.AsyncClient or an httpx2.AsyncClient")
    client: HttpClient | None = value
    return client
