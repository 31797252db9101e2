"""A user pool whose triggers are the functions of this package, and stubs of the table, the mail and the old shop."""

from typing import Any

import pytest
from shop_triggers import challenge, messages, migration, outside, sign_up, tokens

from cognito_async.local import CustomAttribute, PoolSettings, Triggers

OLD_CUSTOMERS = {("olga", "0ld-passw0rd!"): {"email": "olga@example.com"}}


@pytest.fixture
def cognito_settings() -> PoolSettings:
    triggers = Triggers.from_lambda(
        pre_sign_up=sign_up.pre_sign_up,
        post_confirmation=sign_up.post_confirmation,
        pre_token_generation=tokens.pre_token_generation,
        custom_message=messages.custom_message,
        user_migration=migration.user_migration,
        define_auth_challenge=challenge.define,
        create_auth_challenge=challenge.create,
        verify_auth_challenge_response=challenge.verify,
    )
    return PoolSettings(
        triggers=triggers, pre_token_generation_version="V2_0", custom_attributes=(CustomAttribute("plan"),)
    )


@pytest.fixture(autouse=True)
def members(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The rows of the table of members."""
    rows: list[dict[str, Any]] = []
    monkeypatch.setattr(outside, "save_member", rows.append)
    return rows


@pytest.fixture(autouse=True)
def mails(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The mails that the functions have sent."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(outside, "send_mail", lambda to, text: sent.append((to, text)))
    return sent


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The allowed domains, and the customers of the old shop."""
    monkeypatch.setenv("ALLOWED_DOMAINS", "example.com,example.org")
    monkeypatch.setattr(outside, "find_old_customer", lambda name, password: OLD_CUSTOMERS.get((name, password)))
