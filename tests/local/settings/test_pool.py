from __future__ import annotations

from typing import Any

import pytest

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.passwords import PasswordPolicy
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute, StandardAttribute
from cognito_async._local.settings.triggers import Triggers


async def note(event: Event) -> Event:
    raise NotImplementedError


MANY = tuple(CustomAttribute(f"x{number}") for number in range(51))
X = CustomAttribute("x")
BIRTHDATE = StandardAttribute("birthdate")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": 1}, "id must be a string"),
        ({"id": "eu-\u00fc_Local"}, "the user pool id must look like us-east-1_LocalPool"),
        ({"name": ""}, "name must have 1 to 128 letters, digits, spaces and _ + = , . @ -"),
        ({"name": "a/b"}, "name must have 1 to 128 letters, digits, spaces and _ + = , . @ -"),
        ({"name": "a" * 129}, "name must have 1 to 128 letters, digits, spaces and _ + = , . @ -"),
        ({"mfa": "on"}, "mfa must be one of OFF, OPTIONAL, ON"),
        (
            {"auto_verified": "email"},
            "auto_verified must be a tuple in which each item is one of email, phone_number",
        ),
        (
            {"auto_verified": ["email"]},
            "auto_verified must be a tuple in which each item is one of email, phone_number, not a list",
        ),
        ({"auto_verified": ("email", "email")}, "auto_verified must not repeat an item"),
        (
            {"username_attributes": ("preferred_username",)},
            "username_attributes must be a tuple in which each item is one of email, phone_number",
        ),
        (
            {"alias_attributes": ("name",)},
            "alias_attributes must be a tuple in which each item is one of email, phone_number, preferred_username",
        ),
        (
            {"custom_attributes": ("x",)},
            "custom_attributes must be a tuple in which each item is a CustomAttribute",
        ),
        ({"password_policy": 8}, "password_policy must be a PasswordPolicy"),
        ({"triggers": note}, "triggers must be a Triggers"),
        ({"device_replaces_mfa": 0}, "device_replaces_mfa must be True or False"),
        (
            {"username_attributes": ("email",), "alias_attributes": ("email",)},
            "a pool must not have both username_attributes and alias_attributes",
        ),
        ({"required_attributes": ("shoe",)}, "required_attributes must be standard attributes, unlike shoe"),
        ({"required_attributes": ("sub",)}, "required_attributes must be standard attributes, unlike sub"),
        (
            {"required_attributes": ("custom:x",), "custom_attributes": (X,)},
            "required_attributes must be standard attributes, unlike custom:x",
        ),
        (
            {"required_attributes": ("email_verified",)},
            "required_attributes must be standard attributes, unlike email_verified",
        ),
        ({"custom_attributes": MANY}, "a pool must have at most 50 custom_attributes"),
        (
            {"custom_attributes": (X, CustomAttribute("x", "Number"))},
            "custom_attributes must not name an attribute twice",
        ),
        (
            {"standard_attributes": (BIRTHDATE, StandardAttribute("birthdate", required=True))},
            "standard_attributes must not name an attribute twice",
        ),
        (
            {"alias_attributes": ("preferred_username",), "required_attributes": ("preferred_username",)},
            "preferred_username must not be both required and an alias",
        ),
        (
            {"verify_before_update": ("email", "phone_number")},
            "auto_verified must include the contacts of verify_before_update",
        ),
        ({"account_recovery": ()}, "account_recovery must name a contact, or be None"),
        (
            {"account_recovery": ("admin_only", "verified_email")},
            "account_recovery must not name a contact beside admin_only",
        ),
        ({"first_factors": ()}, "first_factors must name a factor"),
        ({"mfa": "OPTIONAL", "mfa_methods": ()}, "mfa OPTIONAL needs mfa_methods"),
        (
            {"mfa": "ON", "first_factors": ("PASSWORD", "EMAIL_OTP")},
            "Cognito does not combine mfa ON with one-time passwords as first_factors",
        ),
        ({"device_replaces_mfa": False}, "device_replaces_mfa needs device_tracking"),
        (
            {"pre_token_generation_version": "V2_0"},
            "pre_token_generation_version needs triggers.pre_token_generation",
        ),
        ({"issuer_endpoint": "127.0.0.1:9229"}, "issuer_endpoint must be a URL such as http://127.0.0.1:9229"),
        ({"issuer_endpoint": "https://a.example/?b"}, "issuer_endpoint must be a URL such as http://127.0.0.1:9229"),
        ({"fixed_code": "12 34"}, "fixed_code must be one or more characters without spaces"),
    ],
)
def test_setting_that_the_pool_cannot_honor_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        PoolSettings(**fields)
    assert str(refused.value) == message


def test_settings_that_fit_together_are_accepted() -> None:
    pool = PoolSettings(
        alias_attributes=("email", "preferred_username"),
        auto_verified=("email", "phone_number"),
        verify_before_update=("phone_number",),
        custom_attributes=(X, CustomAttribute("x", developer_only=True)),
        standard_attributes=(BIRTHDATE, StandardAttribute("updated_at", mutable=False)),
        required_attributes=("birthdate",),
        account_recovery=("admin_only",),
        device_tracking="OPT_IN",
        device_replaces_mfa=False,
        triggers=Triggers(pre_token_generation=note),
        pre_token_generation_version="V3_0",
        issuer_endpoint="http://127.0.0.1:9229/",
    )
    assert {"custom:x", "dev:custom:x"} < pool.schema.keys()
    assert pool.schema["birthdate"].required and not pool.schema["updated_at"].mutable


@pytest.mark.parametrize("function", ["module:function", 7, False])
def test_trigger_must_be_a_function(function: Any) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Triggers(pre_sign_up=function)
    assert str(refused.value) == "pre_sign_up must be an async function"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"minimum_length": 5}, "minimum_length must be 6 to 99"),
        ({"minimum_length": 100}, "minimum_length must be 6 to 99"),
        ({"minimum_length": None}, "minimum_length must be an integer"),
        ({"require_symbols": 1}, "require_symbols must be True or False"),
        ({"temporary_password_days": 0}, "temporary_password_days must be 1 to 365"),
        ({"temporary_password_days": 366}, "temporary_password_days must be 1 to 365"),
        ({"history": -1}, "history must be 0 to 24"),
        ({"history": 25}, "history must be 0 to 24"),
    ],
)
def test_password_policy_outside_the_services_range_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        PasswordPolicy(**fields)
    assert str(refused.value) == message
