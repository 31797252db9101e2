"""The program and its streams: terminals that would obey, readers that have gone, questions without answers."""

from __future__ import annotations

import os
import sys

import anyio
import pytest
import typer

from cognito_async._cli import session
from cognito_async._cli.program import run
from cognito_async._cli.terminal import ask, ask_code
from cognito_async._core.secret import opened
from cognito_async.local import PoolSettings
from tests.cli.conftest import PASSWORD, Locally, Program, Terminal
from tests.cli.test_sign_in_challenges import typist
from tests.support import make_user, scripted

OBEYED = "\x1b]0;owned\x07\x1b[2J\u202e"


@pytest.mark.parametrize(
    "arguments", [("resend", "alice"), ("forgot-password", "alice", "--json"), ("sign-up", "alice")]
)
def test_what_a_service_says_is_no_command_to_the_terminal(
    program: Program, monkeypatch: pytest.MonkeyPatch, locally: Locally, arguments: tuple[str, ...]
) -> None:
    locally()
    details = {"Destination": f"a***{OBEYED}@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    pool, _ = scripted({"CodeDeliveryDetails": details, "UserSub": "sub", "UserConfirmed": False})
    monkeypatch.setattr(session.Target, "auth", lambda self: pool.auth())
    outcome = program(*arguments)
    assert outcome.status == 0 and "a***" in outcome.out
    assert all(character.isprintable() for line in outcome.out.splitlines() for character in line)


def test_a_reader_that_has_seen_enough_ends_the_program_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert run(["demo"]) == 1
    assert capsys.readouterr().err == ""


def test_a_question_is_asked_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    someone = typist("  ", "", "12 34", monkeypatch=monkeypatch)
    assert opened(ask_code()) == "1234" and someone.answers == []


def test_the_end_of_input_at_a_visible_question_leaves_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Terminal().sit_down(monkeypatch)
    with pytest.raises(typer.Abort):
        ask("Name")
    assert capsys.readouterr().err == "\n"
    with pytest.raises(typer.Abort):
        ask_code()
    assert capsys.readouterr().err == ""


def test_a_window_too_narrow_for_a_qr_code_is_told_the_width_that_it_takes(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    anyio.run(make_user, locally(PoolSettings(mfa="OPTIONAL")), "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    monkeypatch.setenv("COLUMNS", "30")
    typist(monkeypatch=monkeypatch)
    outcome = program("mfa", "totp")
    assert outcome.status == 1 and "█" not in outcome.err
    assert "the window must be " in outcome.err and "type into it: " in outcome.err
