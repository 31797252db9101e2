"""The table of options: each one has a check, and a place in `ClientConfig`."""

from __future__ import annotations

from dataclasses import fields

from cognito_async._aws.settings.location import LocationOptions
from cognito_async._client.config import _CHECKS, ClientConfig, PoolOptions, ViewOptions


def test_every_option_has_a_check() -> None:
    assert _CHECKS.keys() == PoolOptions.__annotations__.keys() | ViewOptions.__annotations__.keys()


def test_every_option_is_stored() -> None:
    stored = {each.name for each in fields(ClientConfig)} | set(LocationOptions._fields)
    assert stored - {"service", "location"} == _CHECKS.keys()
