"""The clients of httpx and httpx2 are an `HttpClient`. mypy and pyright (strict) check this file; it never runs."""

from __future__ import annotations

import httpx
import httpx2

from cognito_async._http.http_client import HttpClient


def legacy(client: httpx.AsyncClient) -> HttpClient:
    return client


def successor(client: httpx2.AsyncClient) -> HttpClient:
    return client
