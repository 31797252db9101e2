"""The library that sends requests, and the API that they call."""

from __future__ import annotations

from types import ModuleType

import httpx
import httpx2
import pytest

from tests.integrations.api import Api


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> ModuleType:
    module: ModuleType = request.param
    return module


@pytest.fixture
def api(library: ModuleType) -> Api:
    return Api(library)
