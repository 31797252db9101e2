"""The program and its streams: control characters, closed pipes, and prompts without answers."""

from __future__ import annotations

import os
import sys

import anyio
import pytest
import typer

from cognito_async._cli import session
from cognito_async._cli.program import run
from cognito_async._cli.terminal import ask, ask_code, choose
from cognito_async._core.secret import opened
from cognito_async.local import PoolSettings
from tests.cli.conftest import PASSWORD, FakeTerminal, MakeLocal, Program
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
