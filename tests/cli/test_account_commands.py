"""The commands for a signed-in user, and for a user without the password."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async.local import LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.cli.conftest import PASSWORD, FakeTerminal, MakeLocal, Program
from tests.cli.test_sign_in_challenges import type_answers
from tests.support import make_user

NEW = "Marker-N3w-passw0rd"


@pytest.fixture
def local(make_local: MakeLocal, program: Program) -> LocalUserPool:
    """A pool in which alice is signed in."""
    local = make_local(PoolSettings(mfa="OPTIONAL", device_tracking="OPT_IN"))
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    return local


def test_forgot_password_at_a_terminal_takes_one_command(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = type_answers(lambda: local.outbox[-1].code, NEW, monkeypatch=monkeypatch)
    outcome = program("forgot-password", "alice")
    assert outcome.out == "alice has a new password.\nNext: cognito-async sign-in alice\n"
    assert outcome.err == "A code was sent by EMAIL to a***@e***.\n"
    assert terminal.hidden == ["Code", "New password"]
    monkeypatch.setenv("COGNITO_PASSWORD", NEW)
    assert program("sign-in", "alice").status == 0


def test_forgot_password_in_a_script_takes_two_commands(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = program("forgot-password", "alice", "--json")
    assert first.json["code_delivery"]["medium"] == "EMAIL"
    assert "Next: cognito-async forgot-password alice CODE" in program("forgot-password", "alice").out
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", NEW)
    done = program("forgot-password", "alice", local.outbox[-1].code, "--json")
    assert done.json == {"username": "alice"}
    wrong = program("forgot-password", "alice", "000000", "--json")
    assert wrong.status == 1 and wrong.json["error"]["code"] == "ExpiredCodeException"


def test_change_password_changes_the_password(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", NEW)
    assert program("change-password").out == "alice has a new password.\n"
    assert program("change-password").status == 1
    monkeypatch.setenv("COGNITO_PASSWORD", NEW)
    assert program("sign-in", "alice").status == 0


def test_attributes_can_be_listed_set_verified_and_deleted(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program("attributes", "list", "--json").json["attributes"]["email"] == "alice@example.com"
    assert "alice@example.com" in program("attributes", "list").out
    monkeypatch.setenv("COLUMNS", "30")
    assert "…" not in program("attributes", "list").out + program("whoami").out
    changed = program("attributes", "set", "given_name=Alice", "email=new@example.com")
    assert "given_name: changed." in changed.out
    assert "email: A code was sent by EMAIL to n***@e***." in changed.out
    assert "Next: cognito-async attributes verify email" in changed.out
    assert program("attributes", "verify", "email", "000000").status == 1
    assert program("attributes", "verify", "email", local.outbox[-1].code).out == "email is verified.\n"
    assert program("attributes", "delete", "given_name").out == "Deleted: given_name.\n"
    assert "given_name" not in program("attributes", "list", "--json").json["attributes"]
    assert program("attributes", "set", "no equals sign").status == 2


def test_attributes_verify_resend_sends_a_new_code(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("attributes", "set", "email=new@example.com")
    assert program("attributes", "verify", "email", "--resend").out == "A code was sent by EMAIL to n***@e***.\n"
    type_answers(lambda: local.outbox[-1].code, monkeypatch=monkeypatch)
    outcome = program("attributes", "verify", "email", "--resend")
    assert (outcome.out, outcome.err) == ("email is verified.\n", "A code was sent by EMAIL to n***@e***.\n")


def test_mfa_commands_set_up_an_app_and_switch_factors(
    local: LocalUserPool,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert program("mfa", "show").out == "Switched on: none. Preferred: none.\n"
    assert program("mfa", "totp").status == 1  # without a terminal, no set-up begins
    shown: list[str] = []

    def wrong() -> str:
        shown.append(capsys.readouterr().err)
        return "000000"

    def right() -> str:
        return totp_code(shown[0].split("type into it: ")[1].split()[0], local.clock.now())

    type_answers(wrong, right, monkeypatch=monkeypatch)
    done = program("mfa", "totp", "--issuer", "Example", "--device-name", "phone")
    assert done.out == "From now on, sign-ins ask for a code of the app.\n"
    assert program("mfa", "show").out == "Switched on: SOFTWARE_TOKEN_MFA. Preferred: SOFTWARE_TOKEN_MFA.\n"
    assert program("mfa", "set", "--totp", "DISABLED", "--email", "PREFERRED").out == "Done.\n"
    assert program("mfa", "show", "--json").json == {"preferred": "EMAIL_OTP", "enabled": ["EMAIL_OTP"]}
    user = local.service.find_user(local.settings.id, "alice")
    assert user is not None and user.software_token is not None and user.software_token.name == "phone"

    def too_late() -> str:
        user.enabled = False
        return "123456"

    type_answers(too_late, monkeypatch=monkeypatch)
    refused = program("mfa", "totp")
    assert (refused.status, refused.out) == (1, "") and "User is disabled." in refused.err


def test_devices_can_be_listed_remembered_and_forgotten(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    [device] = program("devices", "list", "--json").json["devices"]
    monkeypatch.setenv("COLUMNS", "30")
    shown = program("devices", "list").out
    assert shown.startswith(device["key"] + " ") and shown.endswith(" this one\n") and shown.count("\n") == 1
    assert program("devices", "remember").out == "Remembered.\n"
    user: Any = local.service.find_user(local.settings.id, "alice")
    assert user.devices[device["key"]].remembered
    assert program("devices", "remember", device["key"], "--not").out == "No longer remembered.\n"
    assert not user.devices[device["key"]].remembered
    user.devices[device["key"]].name = None
    assert program("devices", "forget", device["key"], "--json").json == {"forgotten": device["key"]}
    assert program("devices", "list", "--json").json == {"devices": []}
    assert program("devices", "list").out == "The pool knows no devices.\n"
    refused = program("devices", "forget", device["key"])
    assert refused.status == 1 and "Device does not exist." in refused.err


def test_delete_account_asks_for_the_username(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTerminal("bob").install(monkeypatch)
    assert program("delete-account").status == 1
    assert program("whoami").status == 0
    FakeTerminal("alice").install(monkeypatch)
    assert program("delete-account").out == "alice is deleted.\n"
    assert local.service.find_user(local.settings.id, "alice") is None
    assert program("whoami").err == "cognito-async: no user is signed in: run cognito-async sign-in first\n"


def test_delete_account_without_a_terminal_needs_yes(local: LocalUserPool, program: Program) -> None:
    assert program("delete-account").status == 1  # without a terminal, it cannot ask for confirmation
    assert program("delete-account", "--yes", "--json").json == {"username": "alice"}


@pytest.mark.parametrize(
    "command",
    [
        ("change-password",),
        ("attributes", "list"),
        ("attributes", "set", "a=b"),
        ("attributes", "delete", "a"),
        ("attributes", "verify", "email", "1"),
        ("mfa", "show"),
        ("mfa", "totp"),
        ("mfa", "set", "--sms", "ENABLED"),
        ("devices", "list"),
        ("devices", "remember"),
        ("devices", "forget"),
        ("delete-account", "--yes"),
    ],
)
def test_commands_without_a_session_fail(make_local: MakeLocal, program: Program, command: tuple[str, ...]) -> None:
    make_local()
    outcome = program(*command, "--json")
    assert outcome.status == 1 and outcome.json["error"]["code"] == "NoCurrentUser"
