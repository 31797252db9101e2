"""The commands for who is signed in, and for who has forgotten the password."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async.local import LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.cli.conftest import PASSWORD, Locally, Program, Terminal
from tests.cli.test_sign_in_challenges import typist
from tests.support import make_user

NEW = "Marker-N3w-passw0rd"


@pytest.fixture
def local(locally: Locally, program: Program) -> LocalUserPool:
    """A pool in which alice is signed in."""
    local = locally(PoolSettings(mfa="OPTIONAL", device_tracking="OPT_IN"))
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    return local


def test_a_forgotten_password_is_replaced_in_one_go_at_a_terminal(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = typist(lambda: local.outbox[-1].code, NEW, monkeypatch=monkeypatch)
    outcome = program("forgot-password", "alice")
    assert outcome.out == "alice has a new password.\nNext: cognito-async sign-in alice\n"
    assert outcome.err == "A code was sent by EMAIL to a***@e***.\n"
    assert someone.hidden == ["Code", "New password"]
    monkeypatch.setenv("COGNITO_PASSWORD", NEW)
    assert program("sign-in", "alice").status == 0


def test_a_forgotten_password_is_replaced_in_two_steps_by_a_script(
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


def test_a_password_is_changed(local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", NEW)
    assert program("change-password").out == "alice has a new password.\n"
    assert program("change-password").status == 1
    monkeypatch.setenv("COGNITO_PASSWORD", NEW)
    assert program("sign-in", "alice").status == 0


def test_attributes_are_shown_changed_verified_and_deleted(
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


def test_a_new_code_for_an_address_is_sent_on_request(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("attributes", "set", "email=new@example.com")
    assert program("attributes", "verify", "email", "--resend").out == "A code was sent by EMAIL to n***@e***.\n"
    typist(lambda: local.outbox[-1].code, monkeypatch=monkeypatch)
    outcome = program("attributes", "verify", "email", "--resend")
    assert (outcome.out, outcome.err) == ("email is verified.\n", "A code was sent by EMAIL to n***@e***.\n")


def test_an_app_is_set_up_and_second_factors_are_switched(
    local: LocalUserPool,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert program("mfa", "show").out == "Switched on: none. Preferred: none.\n"
    assert program("mfa", "totp").status == 1  # no terminal, and nothing has begun
    shown: list[str] = []

    def wrong() -> str:
        shown.append(capsys.readouterr().err)
        return "000000"

    def right() -> str:
        return totp_code(shown[0].split("type into it: ")[1].split()[0], local.clock.now())

    typist(wrong, right, monkeypatch=monkeypatch)
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

    typist(too_late, monkeypatch=monkeypatch)
    refused = program("mfa", "totp")
    assert (refused.status, refused.out) == (1, "") and "User is disabled." in refused.err


def test_devices_are_shown_remembered_and_forgotten(
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


def test_an_account_is_deleted_by_who_types_its_name(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    Terminal("bob").sit_down(monkeypatch)
    assert program("delete-account").status == 1
    assert program("whoami").status == 0
    Terminal("alice").sit_down(monkeypatch)
    assert program("delete-account").out == "alice is deleted.\n"
    assert local.service.find_user(local.settings.id, "alice") is None
    assert program("whoami").err == "cognito-async: nobody is signed in: run cognito-async sign-in first\n"


def test_a_script_deletes_an_account_outright(local: LocalUserPool, program: Program) -> None:
    assert program("delete-account").status == 1  # nobody is there to be asked
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
def test_nobody_is_signed_in(locally: Locally, program: Program, command: tuple[str, ...]) -> None:
    locally()
    outcome = program(*command, "--json")
    assert outcome.status == 1 and outcome.json["error"]["code"] == "NoCurrentUser"
