"""Prompts that repeat after a wrong answer, and messages that name the next command."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async.local import LocalUserPool, PoolSettings
from cognito_async.lowlevel import admin_users, invoke, totp_code
from tests.cli.conftest import PASSWORD, MakeLocal, Program
from tests.cli.test_sign_in_challenges import SIGNED_IN, add_alice, last_code, type_answers
from tests.support import make_user

NEW = "Marker-N3w-passw0rd"
WEAK = "Password did not conform with policy"


@pytest.fixture
def empty(make_local: MakeLocal, monkeypatch: pytest.MonkeyPatch) -> LocalUserPool:
    """A pool without users; no password in the environment."""
    local = make_local(PoolSettings(mfa="OPTIONAL"))
    monkeypatch.delenv("COGNITO_PASSWORD")
    return local


@pytest.fixture
def local(make_local: MakeLocal, program: Program) -> LocalUserPool:
    """A pool in which alice is signed in."""
    local = make_local(PoolSettings(mfa="OPTIONAL"))
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    return local


def test_sign_up_and_confirm_prompt_again(
    empty: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_answers("weak", PASSWORD, "000000", last_code(empty), monkeypatch=monkeypatch)
    made = program("sign-up", "alice", "--attribute", "email=alice@example.com")
    assert made.status == 0 and WEAK in made.err
    confirmed = program("confirm", "alice")
    assert confirmed.status == 0 and "Invalid verification code" in confirmed.err


def test_sign_up_sends_the_password_variable_once(
    empty: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_answers(monkeypatch=monkeypatch)
    monkeypatch.setenv("COGNITO_PASSWORD", "weak")
    assert program("sign-up", "alice", "--attribute", "email=alice@example.com").status == 1


def test_sign_up_without_an_address_says_that_no_code_was_sent(make_local: MakeLocal, program: Program) -> None:
    make_local()
    assert program("sign-up", "nora").out == (
        "nora has an account now.\n"
        "No code was sent: the pool verifies no address of this user. An administrator must confirm it.\n"
    )


def test_sign_up_does_not_retry_other_errors(
    empty: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = type_answers(PASSWORD, PASSWORD, monkeypatch=monkeypatch)
    assert program("sign-up", "alice", "--attribute", "email=nonsense").status == 1
    assert terminal.answers == [PASSWORD]


def test_forgot_password_prompts_again(local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    type_answers("000000", NEW, last_code(local), "weak", last_code(local), NEW, monkeypatch=monkeypatch)
    outcome = program("forgot-password", "alice")
    assert outcome.status == 0
    assert "Invalid verification code" in outcome.err and WEAK in outcome.err

    assert program("forgot-password", "alice", "--json").status == 0
    terminal = type_answers("weak", NEW, monkeypatch=monkeypatch)
    assert program("forgot-password", "alice", local.outbox[-1].code).status == 0
    assert terminal.answers == []


def test_change_password_prompts_again(local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = type_answers("weak", NEW, monkeypatch=monkeypatch)
    outcome = program("change-password")
    assert outcome.status == 0 and WEAK in outcome.err
    assert terminal.hidden == ["New password", "New password"]


def test_attributes_verify_prompts_again(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("attributes", "set", "email=new@example.com")
    type_answers("000000", last_code(local), monkeypatch=monkeypatch)
    outcome = program("attributes", "verify", "email")
    assert outcome.out == "email is verified.\n" and "Invalid verification code" in outcome.err


def test_email_mfa_setup_prompts_again(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local(PoolSettings(mfa="ON", mfa_methods=("EMAIL_OTP",)))
    add_alice(local, attributes={})
    type_answers("alice at example", "alice@example.org", last_code(local), monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice")
    assert outcome.out == SIGNED_IN and "Invalid email address format." in outcome.err


def test_app_code_is_checked_and_prompted_again(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets: list[str] = []

    def code() -> str:
        if not secrets:
            secrets.append(capsys.readouterr().err.split("type into it: ")[1].split()[0])
        digits = totp_code(secrets[0], local.clock.now())
        return f"{digits[:3]} {digits[3:]}"

    def next_code() -> str:
        local.clock.advance(31)
        return code()

    type_answers(code, "abc", "12345", "²²²²²²", code, next_code, monkeypatch=monkeypatch)
    assert program("mfa", "totp").status == 0
    outcome = program("sign-in", "alice")
    assert outcome.out == SIGNED_IN
    assert outcome.err.count("The code has six digits.\n") == 3
    assert "has already been used once" in outcome.err


def test_sign_in_sends_the_new_password_variable_once(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local()
    request = admin_users.AdminCreateUserRequest(
        user_pool_id=local.settings.id, username="alice", temporary_password=PASSWORD, message_action="SUPPRESS"
    )
    anyio.run(invoke, local.user_pool(), admin_users.ADMIN_CREATE_USER, request)
    type_answers(monkeypatch=monkeypatch)
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", "weak")
    outcome = program("sign-in", "alice")
    assert outcome.status == 1 and outcome.err.count(WEAK) == 1
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", NEW)
    assert program("sign-in", "alice").out == SIGNED_IN


def test_error_messages_name_the_next_command(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local(PoolSettings(mfa="OPTIONAL"))
    program("sign-up", "alice", "--attribute", "email=alice@example.com")
    assert program("sign-in", "alice").err.endswith("; run cognito-async confirm first\n")
    program("confirm", "alice", local.outbox[-1].code)
    user: Any = local.service.find_user(local.settings.id, "alice")
    user.mfa = ("EMAIL_OTP",)

    def too_late() -> str:
        local.clock.advance(181)
        return local.outbox[-1].code

    type_answers(too_late, monkeypatch=monkeypatch)
    assert "session is expired: sign in again" in program("sign-in", "alice").err
