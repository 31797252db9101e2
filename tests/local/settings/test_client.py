from __future__ import annotations

import traceback
from typing import Any

import pytest

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute
from cognito_async.local import LocalUserPool

SECRET = b"marker" + b"secret"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "\u00fcber"}, "the app client id must have 1 to 128 letters, digits, _ or +"),
        (
            {"secret": "\u00fc" * 24},
            "the client secret must have 24 to 64 letters, digits, underscores and plus signs",
        ),
        ({"access_token_validity": 0}, "access_token_validity must be 1 to 86400 seconds"),
        ({"access_token_validity": 86401}, "access_token_validity must be 1 to 86400 seconds"),
        ({"id_token_validity": 86401}, "id_token_validity must be 1 to 86400 seconds"),
        ({"refresh_token_validity": 0}, "refresh_token_validity must be 1 to 315360000 seconds"),
        ({"refresh_token_validity": 315360001}, "refresh_token_validity must be 1 to 315360000 seconds"),
        ({"auth_session_validity": 901}, "auth_session_validity must be 1 to 900 seconds"),
        ({"access_token_validity": 0.5}, "access_token_validity must be an integer"),
        ({"refresh_token_grace_period": 5}, "refresh_token_grace_period needs refresh_token_rotation"),
        ({"read_attributes": frozenset[str]()}, "read_attributes must name an attribute; None allows all of them"),
        ({"write_attributes": frozenset[str]()}, "write_attributes must name an attribute; None allows all of them"),
        (
            {"read_attributes": ("email",)},
            "read_attributes must be a frozenset in which each item is a string or None",
        ),
        (
            {"prevent_user_existence_errors": "enabled"},
            "prevent_user_existence_errors must be one of LEGACY, ENABLED",
        ),
    ],
)
def test_setting_that_the_pool_cannot_honor_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        AppClientSettings(**fields)
    assert str(refused.value) == message


def test_unknown_flow_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="explicit_auth_flows must be a frozenset in which"):
        AppClientSettings(explicit_auth_flows=frozenset({"USER_SRP_AUTH"}))  # type: ignore[arg-type]


def test_error_shows_no_secret() -> None:
    with pytest.raises(ConfigurationError) as refused:
        AppClientSettings(secret=SECRET)  # type: ignore[arg-type]
    assert str(refused.value) == "secret must be a string or None"
    assert "markersecret" not in "".join(traceback.format_exception(refused.value))


POOL = PoolSettings(
    required_attributes=("email",),
    custom_attributes=(CustomAttribute("x"), CustomAttribute("plan", developer_only=True)),
)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"read_attributes": {"shoe"}}, "read_attributes: the pool has no attribute shoe"),
        ({"read_attributes": {"x"}}, "read_attributes: the pool has no attribute x"),
        ({"write_attributes": {"email", "custom:y"}}, "write_attributes: the pool has no attribute custom:y"),
        ({"write_attributes": {"custom:x"}}, "write_attributes must include email, which the pool requires"),
        ({"write_attributes": {"email", "sub"}}, "write_attributes: no app client may write sub"),
        ({"write_attributes": {"email", "email_verified"}}, "write_attributes: no app client may write email_verified"),
        (
            {"write_attributes": {"email", "dev:custom:plan"}},
            "write_attributes: no app client may write dev:custom:plan",
        ),
    ],
)
def test_client_must_fit_the_schema_of_its_pool(fields: dict[str, set[str]], message: str) -> None:
    client = AppClientSettings(**{name: frozenset(names) for name, names in fields.items()})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as refused:
        LocalUserPool(POOL, client)
    assert str(refused.value) == message


def test_client_may_read_attributes_that_only_administrators_write() -> None:
    readable = frozenset({"sub", "email_verified", "dev:custom:plan", "custom:x"})
    client = AppClientSettings(read_attributes=readable, write_attributes=frozenset({"email", "custom:x"}))
    assert LocalUserPool(POOL, client).client is client


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (({"mfa": "ON"},), "PoolSettings"),
        ((AppClientSettings(),), "PoolSettings"),
        ((PoolSettings,), "PoolSettings"),
        ((None, PoolSettings()), "AppClientSettings"),
    ],
)
def test_settings_of_another_class_are_refused(settings: tuple[Any, ...], expected: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the settings must be an object of the class {expected}$"):
        LocalUserPool(*settings)
