from __future__ import annotations

import sys
import traceback
from pathlib import Path

import pytest

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.file import load_settings, parse_settings
from cognito_async._local.settings.functions import Event, LambdaFunction
from cognito_async._local.settings.oauth import OAuthSettings
from cognito_async._local.settings.passwords import PasswordPolicy
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute, StandardAttribute
from cognito_async._local.settings.triggers import TRIGGER_NAMES

SECRET = "markerclientsecret0123456789"
HERE = __name__


async def note(event: Event) -> Event:
    return event


def no_function(event: Event) -> Event:
    return event


def answer(event: Event, context: object) -> Event:
    return event


async def migrate(event: Event, context: object) -> Event:
    return event


WHOLE = f"""
[user_pool]
id = "eu-west-1_Mine"
auto_verified = ["email", "phone_number"]
alias_attributes = ["email", "preferred_username"]
account_recovery = ["verified_email"]
pre_token_generation_version = "V2_0"
username_case_sensitive = true
mfa = "OPTIONAL"
mfa_methods = ["SOFTWARE_TOKEN_MFA"]
first_factors = ["PASSWORD", "EMAIL_OTP"]
device_tracking = "OPT_IN"
fixed_code = "864209"

[user_pool.password_policy]
minimum_length = 12

[[user_pool.custom_attributes]]
name = "size"
type = "Number"
minimum_value = 3

[[user_pool.custom_attributes]]
name = "plan"
mutable = false
developer_only = true

[[user_pool.standard_attributes]]
name = "birthdate"
required = true
minimum_length = 4

[app_client]
id = "mine"
secret = "{SECRET}"
explicit_auth_flows = ["ALLOW_USER_AUTH"]
read_attributes = ["email"]
access_token_validity = 300
refresh_token_rotation = true
refresh_token_grace_period = 30

[app_client.oauth]
enabled = true
grants = ["code"]
scopes = ["openid"]

[triggers]
pre_sign_up = "{HERE}:note"
custom_message = "{HERE}:note"
pre_token_generation = "{HERE}:note"
"""


def test_all_kinds_of_settings_are_read() -> None:
    pool, client = parse_settings(WHOLE)
    assert pool == PoolSettings(
        id="eu-west-1_Mine",
        auto_verified=("email", "phone_number"),
        alias_attributes=("email", "preferred_username"),
        username_case_sensitive=True,
        password_policy=PasswordPolicy(minimum_length=12),
        custom_attributes=(
            CustomAttribute("size", "Number", minimum_value=3),
            CustomAttribute("plan", mutable=False, developer_only=True),
        ),
        standard_attributes=(StandardAttribute("birthdate", required=True, minimum_length=4),),
        account_recovery=("verified_email",),
        pre_token_generation_version="V2_0",
        mfa="OPTIONAL",
        mfa_methods=("SOFTWARE_TOKEN_MFA",),
        first_factors=("PASSWORD", "EMAIL_OTP"),
        device_tracking="OPT_IN",
        fixed_code="864209",
        triggers=pool.triggers,
    )
    assert client == AppClientSettings(
        id="mine",
        secret=SECRET,
        explicit_auth_flows=frozenset({"ALLOW_USER_AUTH"}),
        read_attributes=frozenset({"email"}),
        access_token_validity=300,
        oauth=OAuthSettings(enabled=True, grants=("code",), scopes=("openid",)),
        refresh_token_rotation=True,
        refresh_token_grace_period=30,
    )
    assert pool.triggers.pre_sign_up is note
    assert pool.triggers.custom_message is pool.triggers.pre_sign_up
    assert pool.triggers.post_confirmation is None


def test_empty_file_gives_the_defaults() -> None:
    assert parse_settings("") == (PoolSettings(), AppClientSettings())


NO_STRING = "is no string, so it must have no minimum_length or maximum_length"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[user_poll]", "a table must be one of user_pool, app_client, triggers, lambda, not [user_poll]"),
        ("user_pool = 1", "user_pool: must be a table"),
        ("[user_pool]\nmfaa = 'ON'", "user_pool.mfaa: unknown setting"),
        ("[user_pool]\nmfa = 'SOMETIMES'", "user_pool.mfa: must be one of OFF, OPTIONAL, ON"),
        ("[user_pool]\nmfa = true", "user_pool.mfa: must be one of OFF, OPTIONAL, ON"),
        ("[user_pool]\nname = 3", "user_pool.name: must be a string"),
        ("[user_pool]\nusername_case_sensitive = 1", "user_pool.username_case_sensitive: must be true or false"),
        ("[user_pool]\nauto_verified = 'email'", "user_pool.auto_verified: must be a list"),
        (
            "[user_pool]\nauto_verified = ['email', 'fax']",
            "user_pool.auto_verified[1]: must be one of email, phone_number",
        ),
        ("[user_pool]\npassword_policy = 8", "user_pool.password_policy: must be a table"),
        (
            "[user_pool.password_policy]\nminimum_length = '8'",
            "user_pool.password_policy.minimum_length: must be an integer",
        ),
        (
            "[user_pool.password_policy]\nminimum_length = true",
            "user_pool.password_policy.minimum_length: must be an integer",
        ),
        (
            "[[user_pool.custom_attributes]]\ntype = 'Number'",
            "user_pool.custom_attributes[0].name: required setting is missing",
        ),
        (
            "[[user_pool.custom_attributes]]\nname = 'x'\nminimum_value = 1",
            "user_pool.custom_attributes[0]: x is no number, so it must have no minimum_value or maximum_value",
        ),
        (
            "[[user_pool.custom_attributes]]\nname = 'x'\nmaximum_value = '1'",
            "user_pool.custom_attributes[0].maximum_value: must be an integer",
        ),
        (
            "[[user_pool.standard_attributes]]\nname = 'updated_at'\nmaximum_length = 3",
            f"user_pool.standard_attributes[0]: updated_at {NO_STRING}",
        ),
        (
            "[user_pool]\naccount_recovery = ['email']",
            "user_pool.account_recovery[0]: must be one of verified_email, verified_phone_number, admin_only",
        ),
        (
            "[user_pool]\nmfa = 'ON'\nfirst_factors = ['EMAIL_OTP']",
            "user_pool: Cognito does not combine mfa ON with one-time passwords as first_factors",
        ),
        (
            "[app_client]\nwrite_attributes = ['custom:x']",
            "app_client: write_attributes: the pool has no attribute custom:x",
        ),
        ("[user_pool]\nid = 'nowhere'", "user_pool: the user pool id must look like us-east-1_LocalPool"),
        ("[user_pool.triggers]", "user_pool.triggers: triggers must be in a separate table, [triggers]"),
        ("[app_client]\nflows = []", "app_client.flows: unknown setting"),
        ("[app_client]\nid = []", "app_client.id: must be a string"),
        ("[app_client]\nrefresh_token_rotation = 1", "app_client.refresh_token_rotation: must be true or false"),
        (
            "[app_client]\nrefresh_token_grace_period = 61",
            "app_client: refresh_token_grace_period must be 0 to 60 seconds",
        ),
        ("[triggers]\npre_sign_down = 'a:b'", "triggers.pre_sign_down: unknown trigger"),
        ("[triggers]\npre_sign_up = 1", 'triggers.pre_sign_up: must be a string such as "module:function"'),
        (
            "[triggers]\npre_sign_up = 'note'",
            'triggers.pre_sign_up: the name of a function must look like "my_module:function"',
        ),
        ("[lambda]\nhandler = 1", 'lambda.handler: must be a string such as "module:function"'),
        (
            "[lambda]\npre_sign_down = 'a:b'",
            f"lambda: pre_sign_down is not a trigger; the triggers are {', '.join(TRIGGER_NAMES.values())}",
        ),
        (
            f"[lambda]\npre_sign_up = '{HERE}:HERE'",
            'lambda: a Lambda handler must be a function, or a string such as "my_module:handler"',
        ),
        (
            f"[lambda]\nhandler = '{HERE}:note'\ntime_limit = 0",
            "lambda: time_limit must be a number of seconds, up to 900",
        ),
        (
            f"[triggers]\npre_sign_up = '{HERE}:note'\n[lambda]\nhandler = '{HERE}:note'",
            "a file must not have both [triggers] and [lambda]",
        ),
        (
            "[triggers]\npre_sign_up = 'no_such_module:f'",
            "triggers.pre_sign_up: cannot import no_such_module:f: ModuleNotFoundError (no_such_module)",
        ),
        (
            f"[triggers]\npre_sign_up = '{HERE}:nothing'",
            f"triggers.pre_sign_up: cannot import {HERE}:nothing: AttributeError (nothing)",
        ),
        (
            f"[triggers]\npre_sign_up = '{HERE}:no_function'",
            f"triggers.pre_sign_up: {HERE}:no_function must be an async function; a handler belongs in [lambda]",
        ),
        ("[user_pool", "the settings must be TOML (at end of document)"),
        ("[user_pool]\nid = oops", "the settings must be TOML (at line 2, column 6)"),
        ("a = " + "1" * 5000, "the settings must be TOML"),
        ("a = " + "[" * 5000, "the settings must be TOML"),
    ],
)
def test_invalid_setting_is_named_in_the_error(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "[app_client]\nsecret = 'hunter2'",
        "[app_client]\nsecret = ['hunter2']",
        "[app_client]\nsecret = hunter2",
        "[app_client]\nsecret = 'hunter2",
        "[app_client]\nsecret = 'a'\nsecret = 'hunter2'",
        "[user_pool]\nfixed_code = ['hunter2']",
    ],
)
def test_errors_quote_no_secret(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(text)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pool.toml"
    file.write_text("[user_pool]\nname = 'Zoë'", "utf-8")
    assert load_settings(file)[0].name == "Zoë"


def test_triggers_can_be_imported_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.path)
    monkeypatch.setattr(sys, "path", list(before))
    file = tmp_path / "pool.toml"
    file.write_text("[user_pool]\nname = 'a'", "utf-8")
    load_settings(file)
    assert sys.path == before
    (tmp_path / "beside_the_file.py").write_text("async def confirm(event): ...", "utf-8")
    file.write_text("[triggers]\npre_sign_up = 'beside_the_file:confirm'", "utf-8")
    assert load_settings(file)[0].triggers.pre_sign_up is not None
    assert sys.path == [*before, str(tmp_path.resolve())]


def test_lambda_handlers_are_read_from_a_file() -> None:
    text = f"[lambda]\nhandler = '{HERE}:answer'\nuser_migration = '{HERE}:migrate'\ntime_limit = 2.5"
    triggers = parse_settings(text)[0].triggers
    assert triggers.pre_sign_up == triggers.custom_message == LambdaFunction(answer, time_limit=2.5)
    assert triggers.user_migration == LambdaFunction(migrate, time_limit=2.5)


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    missing, garbled = tmp_path / "missing.toml", tmp_path / "garbled.toml"
    garbled.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"cannot read .*missing.toml: No such file"):
        load_settings(missing)
    with pytest.raises(ConfigurationError, match=r"garbled.toml must be UTF-8"):
        load_settings(garbled)
