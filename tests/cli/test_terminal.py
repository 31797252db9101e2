"""The program at a real terminal, and without one."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from urllib.parse import quote

import pytest
import segno

from tests.cli.conftest import PASSWORD, Program
from tests.cli.program import CODE, PATIENCE, Served, environment

if sys.platform == "win32":
    pytest.skip("needs terminals and pipes of POSIX", allow_module_level=True)

import pty

WRONG_CODE = "135791"
END_OF_INPUT = "\x04"


class Keyboard:
    """The user's end of a terminal. It types, and records the screen."""

    def __init__(self, terminal: FileIO, running: subprocess.Popen[bytes]) -> None:
        self._terminal = terminal
        self.running = running
        self.screen = ""
        self._unread = b""

    def type_at(self, prompt: str, typed: str) -> None:
        # Type only after the whole prompt, because getpass turns off echo before it prints the prompt.
        self.wait_for(prompt)
        self._terminal.write(typed.encode())

    def wait_for(self, text: str) -> None:
        # Output after the text is left for the next call.
        while text.encode() not in self._unread:
            self._unread += self._terminal.read(1024)
        shown, seen, self._unread = self._unread.partition(text.encode())
        self.screen += (shown + seen).decode()

    def end(self) -> int:
        with suppress(OSError):  # on Linux, reading fails once the program has closed its end
            while more := self._terminal.read(1024):
                self._unread += more
        self.screen += self._unread.decode()
        return self.running.wait()


@contextmanager
def at_terminal(*arguments: str, without: str = "NO_COLOR", **changes: str) -> Iterator[Keyboard]:
    ours, theirs = pty.openpty()
    variables = environment(PYTHONUTF8="1", TERM="xterm-256color", **changes)
    for name in {without, "COLUMNS", "FORCE_COLOR"} - set(changes):
        variables.pop(name, None)
    command = [sys.executable, "-m", "cognito_async", *arguments]
    with (
        open(ours, "r+b", buffering=0) as terminal,
        subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=variables, start_new_session=True
        ) as running,
    ):
        os.close(theirs)
        watchdog = threading.Timer(PATIENCE, running.kill)
        watchdog.start()
        try:
            yield Keyboard(terminal, running)
        finally:
            watchdog.cancel()
            running.kill()


def test_typed_password_is_not_shown(user: str) -> None:
    with at_terminal("sign-in", user, without="COGNITO_PASSWORD") as keyboard:
        keyboard.type_at("Password: ", PASSWORD + "\n")
        keyboard.wait_for("Signed in")
        assert keyboard.end() == 0
    assert PASSWORD not in keyboard.screen


def test_codes_are_not_shown_and_a_wrong_one_is_asked_for_again(pool: Served, program: Program) -> None:
    assert program("sign-up", "ruth", "--attribute", "email=ruth@example.com").status == 0
    with at_terminal("confirm", "ruth") as keyboard:
        keyboard.type_at("Code: ", WRONG_CODE + "\n")
        keyboard.type_at("Code: ", f"{CODE[:3]} {CODE[3:]}\n")
        keyboard.wait_for("ruth is confirmed.")
        assert keyboard.end() == 0
    assert "Invalid verification code provided" in keyboard.screen
    # A request id is random, and may contain the same three digits.
    screen = re.sub(r"request id\s+[\w-]+", "", keyboard.screen)
    assert WRONG_CODE not in screen and CODE[3:] not in screen


def test_end_of_input_starts_a_new_line(user: str, program: Program) -> None:
    assert program("sign-in", user).status == 0
    with at_terminal("delete-account") as keyboard:
        keyboard.type_at("Type the username to continue: ", END_OF_INPUT)
        keyboard.wait_for("\r\ncognito-async: aborted")
        assert keyboard.end() == 1


@pytest.mark.parametrize("no_color", ["", "1"])
def test_qr_code_is_black_on_white_if_colours_are_allowed(user: str, program: Program, no_color: str) -> None:
    assert program("sign-in", user).status == 0
    with at_terminal(
        "mfa", "totp", "--issuer", "The Example", **({"NO_COLOR": no_color} if no_color else {})
    ) as keyboard:
        keyboard.type_at("authenticator app: ", END_OF_INPUT)
        assert keyboard.end() == 1
    secret = keyboard.screen.split("type into it: ")[1].split()[0]
    uri = f"otpauth://totp/The%20Example:{user}?secret={secret}&issuer={quote('The Example')}"
    expected = io.StringIO()
    segno.make(uri).terminal(out=expected, compact=True)
    lines = expected.getvalue().splitlines()
    if not no_color:
        lines = [f"\x1b[38;5;231;48;5;16m{line}\x1b[0m" for line in lines]
    assert "\r\n".join(lines) in keyboard.screen


def test_narrow_window_shows_only_the_secret(user: str, program: Program) -> None:
    assert program("sign-in", user).status == 0
    with at_terminal("mfa", "totp", COLUMNS="40") as keyboard:
        keyboard.type_at("authenticator app: ", "abc\n")
        keyboard.wait_for("The code has six digits.")
        keyboard.type_at("authenticator app: ", END_OF_INPUT)
        assert keyboard.end() == 1
    assert "█" not in keyboard.screen
    assert "the window must be " in keyboard.screen and "type into it: " in keyboard.screen


def test_closed_stdin_is_not_a_terminal(pool: Served) -> None:
    command = 'exec "$0" -m cognito_async "$@" <&-'
    outcome = subprocess.run(
        ["sh", "-c", command, sys.executable, "confirm", "alice"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("cognito-async: there is no terminal to ask for the code")


def test_broken_pipe_prints_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "cognito_async", "demo"]
    with open(writer, "wb") as gone:
        outcome = subprocess.run(
            command, stdout=gone, stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE, check=False
        )
    assert (outcome.returncode, outcome.stderr) == (1, b"")
