"""A wrong answer is asked for again where a second try can mend it; else the message says what to do next."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async.local import LocalUserPool, PoolSettings
from cognito_async.lowlevel import admin_users, invoke, totp_code
from tests.cli.conftest import PASSWORD, Locally, Program
from tests.cli.test_sign_in_challenges import SIGNED_IN, alice, sent, typist
from tests.support import make_user

NEW = "Marker-N3w-passw0rd"
WEAK = "Password did not conform with policy"


@pytest.fixture
def nobody(locally: Locally, monkeypatch: pytest.MonkeyPatch) -> LocalUserPool:
    local = locally(PoolSettings(mfa="OPTIONAL"))
    monkeypatch.delenv("COGNITO_PASSWORD")
    return local


@pytest.fixture
def local(locally: Locally, program: Program) -> LocalUserPool:
    """A pool in which alice is signed in."""
    local = locally(PoolSettings(mfa="OPTIONAL"))
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    return local


def test_a_weak_password_at_sign_up(nobody: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    typist("weak", PASSWORD, "000000", sent(nobody), monkeypatch=monkeypatch)
    made = program("sign-up", "alice", "--attribute", "email=alice@example.com")
    assert made.status == 0 and WEAK in made.err
    confirmed = program("confirm", "alice")
    assert confirmed.status == 0 and "Invalid verification code" in confirmed.err


def test_a_weak_password_of_the_environment_is_tried_once(
    nobody: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    typist(monkeypatch=monkeypatch)
    monkeypatch.setenv("COGNITO_PASSWORD", "weak")
    assert program("sign-up", "alice", "--attribute", "email=alice@example.com").status == 1


def test_a_sign_up_that_another_password_does_not_mend(
    nobody: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = typist(PASSWORD, PASSWORD, monkeypatch=monkeypatch)
    assert program("sign-up", "alice", "--attribute", "email=nonsense").status == 1
    assert someone.answers == [PASSWORD]


def test_a_wrong_code_and_a_weak_password_after_a_forgotten_one(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    typist("000000", NEW, sent(local), "weak", sent(local), NEW, monkeypatch=monkeypatch)
    outcome = program("forgot-password", "alice")
    assert outcome.status == 0
    assert "Invalid verification code" in outcome.err and WEAK in outcome.err

    assert program("forgot-password", "alice", "--json").status == 0
    someone = typist("weak", NEW, monkeypatch=monkeypatch)
    assert program("forgot-password", "alice", local.outbox[-1].code).status == 0
    assert someone.answers == []


def test_a_weak_password_at_a_change(local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = typist("weak", NEW, monkeypatch=monkeypatch)
    outcome = program("change-password")
    assert outcome.status == 0 and WEAK in outcome.err
    assert someone.hidden == ["New password", "New password"]


def test_a_wrong_code_for_an_address(local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("attributes", "set", "email=new@example.com")
    typist("000000", sent(local), monkeypatch=monkeypatch)
    outcome = program("attributes", "verify", "email")
    assert outcome.out == "email is verified.\n" and "Invalid verification code" in outcome.err


def test_a_mistyped_address_at_the_set_up_of_a_second_factor(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = locally(PoolSettings(mfa="ON", mfa_methods=("EMAIL_OTP",)))
    alice(local)
    typist("alice at example", "alice@example.org", sent(local), monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice")
    assert outcome.out == SIGNED_IN and "Invalid email address format." in outcome.err


def test_a_code_of_an_app_is_six_digits_and_may_have_a_space_and_counts_once(
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

    typist(code, "abc", "12345", "²²²²²²", code, next_code, monkeypatch=monkeypatch)
    assert program("mfa", "totp").status == 0
    outcome = program("sign-in", "alice")
    assert outcome.out == SIGNED_IN
    assert outcome.err.count("The code has six digits.\n") == 3
    assert "has already been used once" in outcome.err


def test_a_weak_new_password_of_the_environment_is_tried_once(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = locally()
    request = admin_users.AdminCreateUserRequest(
        user_pool_id=local.settings.id, username="alice", temporary_password=PASSWORD, message_action="SUPPRESS"
    )
    anyio.run(invoke, local.user_pool(), admin_users.ADMIN_CREATE_USER, request)
    typist(monkeypatch=monkeypatch)
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", "weak")
    outcome = program("sign-in", "alice")
    assert outcome.status == 1 and outcome.err.count(WEAK) == 1
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", NEW)
    assert program("sign-in", "alice").out == SIGNED_IN


def test_what_to_do_next_is_said(locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    local = locally(PoolSettings(mfa="OPTIONAL"))
    program("sign-up", "alice", "--attribute", "email=alice@example.com")
    assert program("sign-in", "alice").err.endswith("; run cognito-async confirm first\n")
    program("confirm", "alice", local.outbox[-1].code)
    user: Any = local.service.find_user(local.settings.id, "alice")
    user.mfa = ("EMAIL_OTP",)

    def too_late() -> str:
        local.clock.advance(181)
        return local.outbox[-1].code

    typist(too_late, monkeypatch=monkeypatch)
    assert "session is expired: sign in again" in program("sign-in", "alice").err
