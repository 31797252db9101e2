"""A plugin of pytest for moto's own tests: calls of Cognito go to a served local pool, all other calls to moto.

It runs in the environment of the servers, without our package. The served pool is in the environment variables.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import corrections
import pyotp
import pytest
from moto.core.config import default_user_config

# The regions of the tests.
_REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2")


def pytest_configure() -> None:
    pyotp.TOTP.now = _next_code
    core: dict[str, Any] = default_user_config["core"]
    core["mock_credentials"] = False
    corrections.install()
    core["passthrough"] = {"services": ["cognito-idp"], "urls": []}


def _next_code(app: Any) -> str:
    """Return a code that the app has not shown yet. Against moto, its tests use one code again, which AWS refuses."""
    app.shown = getattr(app, "shown", -2) + 1
    code: str = app.at(datetime.now(timezone.utc) + app.shown * timedelta(seconds=app.interval))
    return code


@pytest.fixture(autouse=True)
def no_pools() -> None:
    """Delete all pools before each test, because moto begins each test without any."""
    for cognito in _clients():
        for page in cognito.get_paginator("list_user_pools").paginate(MaxResults=60):
            for pool in page["UserPools"]:
                _delete(cognito, pool["Id"])


@functools.cache
def _clients() -> list[Any]:
    """Return a client for each region. They are made before moto's mocks, and reused, because that takes long."""
    return [boto3.client("cognito-idp", region) for region in _REGIONS]


def _delete(cognito: Any, pool_id: str) -> None:
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    for kind in ("Domain", "CustomDomain"):
        if kind in pool:
            cognito.delete_user_pool_domain(UserPoolId=pool_id, Domain=pool[kind])
    if pool["DeletionProtection"] == "ACTIVE":
        cognito.update_user_pool(UserPoolId=pool_id, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool_id)
