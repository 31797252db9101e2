"""The program and its streams: control characters, closed pipes, and prompts without answers."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import typer

from cognito_async._cli import serve, session
from cognito_async._cli.program import run
from cognito_async._cli.terminal import ask, ask_code, choose
from cognito_async._core.secret import opened
from cognito_async.local import PoolSettings
from tests.cli.conftest import PASSWORD, FakeTerminal, MakeLocal, Program
from tests.cli.program import PATIENCE, environment, process
from tests.cli.test_sign_in_challenges import type_answers
from tests.support import make_user, scripted

CONTROL_CHARACTERS = "\x1b]0;owned\x07\x1b[2J\u202e"


@pytest.mark.parametrize(
    "arguments", [("resend", "alice"), ("forgot-password", "alice", "--json"), ("sign-up", "alice")]
)
def test_service_output_cannot_control_the_terminal(
    program: Program, monkeypatch: pytest.MonkeyPatch, make_local: MakeLocal, arguments: tuple[str, ...]
) -> None:
    make_local()
    details = {"Destination": f"a***{CONTROL_CHARACTERS}@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    pool, _ = scripted({"CodeDeliveryDetails": details, "UserSub": "sub", "UserConfirmed": False})
    monkeypatch.setattr(session.Target, "auth", lambda self: pool.auth())
    outcome = program(*arguments)
    assert outcome.status == 0 and "a***" in outcome.out
    assert all(character.isprintable() for line in outcome.out.splitlines() for character in line)


def test_broken_pipe_ends_the_program_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert run(["demo"]) == 1
    assert capsys.readouterr().err == ""


FULL = Path("/dev/full")
has_full_device = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
NO_SPACE = "cognito-async: the output cannot be written: No space left on device\n"
COMMANDS = [("demo",), ("--version",), ("--help",), ("whoami", "--help"), ("whoami", "--json"), ("local",)]


@has_full_device
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_full_disk_is_one_line_and_status_1(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open(FULL, "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(arguments) == 1
    assert capsys.readouterr().err == NO_SPACE


def test_code_that_cannot_be_printed_ends_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(facts: dict[str, Any]) -> None:
        if "code" in facts:
            raise OSError(28, "No space left on device")
        threading.Thread(target=sign_up, args=(facts,)).start()

    def sign_up(ready: dict[str, Any]) -> None:
        httpx.post(
            ready["endpoint"],
            json={
                "ClientId": ready["client_id"],
                "Username": "alice",
                "Password": PASSWORD,
                "UserAttributes": [{"Name": "email", "Value": "alice@example.com"}],
            },
            headers={"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"},
            trust_env=False,
        )

    monkeypatch.setattr(serve, "print_json", fail)
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    assert run(["local", "--show-codes"]) == 1
    assert written.getvalue() == NO_SPACE


@has_full_device
@pytest.mark.parametrize("buffering", [1, -1])
def test_failure_without_stderr_keeps_its_status(monkeypatch: pytest.MonkeyPatch, buffering: int) -> None:
    with open(FULL, "w", buffering) as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert run(["nonsense"]) == 2
        full.flush()  # Python does this at exit


@pytest.mark.skipif(sys.platform == "win32", reason="redirections of a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "status", "said"),
    [
        (">&-", 1, "cognito-async: the output cannot be written: stdout is closed\n"),
        pytest.param(">/dev/full", 1, NO_SPACE, marks=has_full_device),
        ("| true", 1, ""),
        (">/dev/null 2>&-", 0, ""),
        (">&- 2>&-", 1, ""),
    ],
)
def test_process_without_output_ends_with_a_status(redirection: str, status: int, said: str) -> None:
    command = f'set -o pipefail; "{sys.executable}" -m cognito_async demo {redirection}'
    ended = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment(), timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stderr) == (status, said)


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [(("demo",), 0, "? SignUpResult("), (("sign-in", "--help"), 0, "sign-in"), (("\u4e2d",), 2, "?")],
)
def test_ascii_terminal_shows_other_characters_as_question_marks(
    arguments: tuple[str, ...], status: int, shown: str
) -> None:
    ended = process(*arguments, PYTHONIOENCODING="ascii")
    assert ended.returncode == status and "Traceback" not in ended.stderr
    assert (ended.stdout + ended.stderr).isascii() and shown in ended.stdout + ended.stderr


@has_full_device
def test_closed_stdout_is_found_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr("cognito_async._cli.demo.run", None)
    assert run(["demo"]) == 1
    assert capsys.readouterr().err == "cognito-async: the output cannot be written: stdout is closed\n"
    with open(FULL, "w", 1) as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert run(["demo"]) == 1


def test_prompt_repeats_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = type_answers("  ", "", "12 34", monkeypatch=monkeypatch)
    assert opened(ask_code()) == "1234" and terminal.answers == []


def test_abort_at_a_visible_prompt_starts_a_new_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    FakeTerminal().install(monkeypatch)
    with pytest.raises(typer.Abort):
        ask("Name")
    assert capsys.readouterr().err == "\n"
    with pytest.raises(typer.Abort):
        ask_code()
    assert capsys.readouterr().err == ""


def test_narrow_window_shows_the_width_that_a_qr_code_needs(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    anyio.run(make_user, make_local(PoolSettings(mfa="OPTIONAL")), "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    monkeypatch.setenv("COLUMNS", "30")
    type_answers(monkeypatch=monkeypatch)
    outcome = program("mfa", "totp")
    assert outcome.status == 1 and "█" not in outcome.err
    assert "the window must be " in outcome.err and "type into it: " in outcome.err


@pytest.mark.parametrize("typed", ["2", "EMAIL_OTP"])
def test_choice_is_asked_again_after_a_wrong_number(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    type_answers("0", "3", "-1", "9" * 5000, "٢", typed, monkeypatch=monkeypatch)
    assert choose("Which one?", ("SMS_MFA", "EMAIL_OTP")) == "EMAIL_OTP"
