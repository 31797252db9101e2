"""Not run but type-checked, by mypy and pyright strict: both libraries' clients are an `HttpClient`."""

from __future__ import annotations

import httpx
import httpx2

from cognito_async._http.http_client import HttpClient


def legacy(client: httpx.AsyncClient) -> HttpClient:
    return client


def successor(client: httpx2.AsyncClient) -> HttpClient:
    return client
