"""The service under test, on the user pool of the plugin. All other fixtures come from the plugin."""

import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from orders.app import create_app

from cognito_async.local import LocalUserPool


@pytest.fixture
def app(cognito_pool: LocalUserPool) -> FastAPI:
    return create_app(cognito_pool.user_pool(), state_key=secrets.token_urlsafe(32))


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://orders.example") as client:
        yield client
