"""What all tests share: both event-loop libraries, and an environment without surprises."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, proxies or settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "COGNITO_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
