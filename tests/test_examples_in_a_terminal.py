"""The examples that are programs end with a status and one line, however they are used: without tracebacks or hangs."""

from __future__ import annotations

import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import anyio
import pytest

from cognito_async import FileStore
from tests.cli.program import PATIENCE, environment
from tests.fake_aws import CLIENT_ID, CODE, PASSWORD, POOL_ID, FakeAws
from tests.sizes import FULL
from tests.test_examples import EXAMPLES

POOL = {"COGNITO_USER_POOL_ID": POOL_ID, "COGNITO_CLIENT_ID": CLIENT_ID, "COGNITO_PASSWORD": PASSWORD}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s"}
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals, terminals and redirections of POSIX")
Ended = Callable[..., str | int | None]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ended:
    """Return a function that runs an example until it exits, and returns its exit status or last message."""
    for name, value in {**POOL, "SESSION_FILE": str(tmp_path / "session.json")}.items():
        monkeypatch.setenv(name, value)

    def run(name: str, *arguments: object) -> str | int | None:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        return exit_.value.code

    return run


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_text("username,email\nbob,bob@example.com\n")
    return path


def answer(monkeypatch: pytest.MonkeyPatch, *answers: str | type[Exception]) -> None:
    """Answer the prompts in this order. A class of exceptions is raised."""
    left = list(answers)

    def ask(question: str) -> str:
        given = left.pop(0)
        if isinstance(given, str):
            return given
        raise given

    monkeypatch.setattr("builtins.input", ask)
    monkeypatch.setattr("getpass.getpass", ask)


@pytest.mark.parametrize(
    ("variable", "program"),
    [
        *(("COGNITO_USER_POOL_ID", name) for name in ("device_cli", "trio_app", "invite_users")),
        ("COGNITO_CLIENT_ID", "device_cli"),
        ("COGNITO_PASSWORD", "trio_app"),
    ],
)
def test_missing_setting_is_named(
    variable: str, program: str, ended: Ended, users: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [users, users.with_name("done")] if program == "invite_users" else ["sign-out"]
    monkeypatch.setenv(variable, "")
    assert ended(program, *arguments) == f"set the environment variable {variable}"
    monkeypatch.delenv(variable)
    assert ended(program, *arguments) == f"set the environment variable {variable}"


def test_swapped_settings_are_one_line(ended: Ended, monkeypatch: pytest.MonkeyPatch, users: Path) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", CLIENT_ID)
    monkeypatch.setenv("COGNITO_CLIENT_ID", POOL_ID)
    for program, *arguments in (("device_cli",), ("trio_app", "alice"), ("invite_users", users, users.with_name("d"))):
        assert "are swapped" in str(ended(program, *arguments))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("alice", "Wr0ng-passw0rd!"), "Incorrect username or password."),
        (("nobody", PASSWORD), "User does not exist."),
        (("", PASSWORD), "username must not be empty"),
        ((EOFError,), "there is no terminal to ask for: User name: "),
        (("alice", EOFError), "there is no terminal to ask for: Password: "),
        ((RuntimeError,), "there is no terminal to ask for: User name: "),
        ((KeyboardInterrupt,), "130"),
    ],
)
def test_device_cli_ends_after_a_refused_sign_in(
    answers: tuple[str, ...], said: str, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = FakeAws(monkeypatch)
    anyio.run(aws.add_user, "alice")
    answer(monkeypatch, *answers)
    assert str(ended("device_cli")).startswith(said)


def test_device_cli_answers_challenges(
    ended: Ended, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = FakeAws(monkeypatch)
    anyio.run(aws.add_user, "alice")

    async def require_a_code() -> None:
        user = (await aws.pool.sign_in("alice", PASSWORD)).user
        await user.set_mfa_preference(email="PREFERRED")

    anyio.run(require_a_code)
    answer(monkeypatch, "alice", PASSWORD, "000000")
    assert "Invalid" in str(ended("device_cli"))
    answer(monkeypatch, "alice", PASSWORD, CODE)
    monkeypatch.setattr(sys, "argv", ["device_cli"])
    runpy.run_path(str(EXAMPLES / "device_cli.py"), run_name="__main__")
    assert capsys.readouterr().out.startswith("alice {")


def test_unusable_session_file_is_one_line(ended: Ended, tmp_path: Path) -> None:
    anyio.run(FileStore(tmp_path / "session.json").save, "a", "text")
    (tmp_path / "session.json").chmod(0o644)
    assert "chmod 600" in str(ended("device_cli"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        ("name,mail\nbob,bob@example.com\n", "line 2: each line needs a username and an email"),
        ("username,email\nbob\n", "line 2: each line needs a username and an email"),
        ("username,email\n,bob@example.com\n", "line 2: each line needs a username and an email"),
        ("username,email\nb,b@example.com\nb,c@example.com\n", "line 3: b is already in the list"),
        ("username,email\n\udcff,b@example.com\n", "the files must be text in UTF-8"),
        ('username,email\n"' + "b" * 200_000, "the files must be text in UTF-8: field larger than field limit"),
    ],
)
def test_wrong_list_of_users_is_one_line(content: str | None, said: str, ended: Ended, tmp_path: Path) -> None:
    users, done = tmp_path / "users.csv", tmp_path / "done.txt"
    if content is not None:
        users.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert said in str(ended("invite_users", users, done))
    assert not done.exists()


def test_invite_users_reports_missing_files_and_credentials(
    ended: Ended, users: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = users.with_name("done.txt")
    for arguments in ((), (users,), (users, done, done)):
        assert str(ended("invite_users", *arguments)).startswith("usage: ")
    assert "Is a directory" in str(ended("invite_users", users, users.parent))
    FakeAws(monkeypatch)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "there are no AWS credentials" in str(ended("invite_users", users, done))
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert ended("invite_users", users, done) == 1
    assert capsys.readouterr().out.startswith("bob: The security token included in the request is invalid.")


def test_load_test_and_trio_app_refuse_wrong_arguments(ended: Ended, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--users", "--at-once"):
        for value in ("0", "-1", "x"):
            assert ended("load_test", option, value) == 2
            assert "must be a number of at least 1" in capsys.readouterr().err
    assert str(ended("trio_app")).startswith("usage: ")


def test_load_test_names_a_missing_package(
    ended: Ended, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert ended("load_test", "--backend", "trio") == 2
    assert "pip install trio" in capsys.readouterr().err


PRINTING = {
    "device_cli": "device_cli.py sign-out",
    "load_test": "load_test.py --users 1",
    "trio_app": "trio_app.py alice",
    "invite_users": "invite_users.py users.csv done.txt",
}
# Redirections of the output, and the problem that each causes.
FULL_OR_CLOSED = ((">/dev/full", "No space left on device"), ("| true", "Broken pipe"))


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("program", PRINTING)
def test_output_that_cannot_be_written_is_one_line(program: str, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("username,email\n")
    closed = {**POOL, "COGNITO_ENDPOINT": "http://127.0.0.1:9", "SESSION_FILE": str(tmp_path / "session.json")}
    command = f'set -o pipefail; "{sys.executable}" "{EXAMPLES}"/{PRINTING[program]}'
    for redirection, problem in FULL_OR_CLOSED[: None if FULL else 1]:
        outcome = subprocess.run(
            ["bash", "-c", f"{command} {redirection}"],
            cwd=tmp_path,
            env=environment(**closed),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert outcome.returncode == 1, outcome
        assert outcome.stderr.count("\n") == 1 and (problem in outcome.stderr or "cannot print" in outcome.stderr)


# Runs a program whose controlling terminal is its stdin, so that Ctrl-C there interrupts it.
IN_TERMINAL = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@contextmanager
def terminal(name: str, *arguments: object, **changes: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run an example at a pseudo-terminal, whose other end is yielded. Kill it after `PATIENCE` seconds."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-c", IN_TERMINAL, str(EXAMPLES / f"{name}.py"), *map(str, arguments)]
    given = environment(**{**POOL, **KEYS, **changes})
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=given, start_new_session=True
    ) as process:
        os.close(theirs)
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        try:
            yield process, ours
        finally:
            watchdog.cancel()
            process.kill()
            os.close(ours)


def read_until(ours: int, text: str) -> None:
    seen = b""
    while not seen.endswith(text.encode()):
        seen += os.read(ours, 1000)


def read_rest(ours: int) -> bytes:
    rest = b""
    with suppress(OSError):  # Linux raises it instead of returning an empty string at the end
        while more := os.read(ours, 1000):
            rest += more
    return rest


@posix
@pytest.mark.parametrize("answers", [(), ("alice",)], ids=["username", "password"])
def test_ctrl_c_at_a_prompt_ends_device_cli(answers: tuple[str, ...], tmp_path: Path) -> None:
    with terminal("device_cli", SESSION_FILE=str(tmp_path / "session.json")) as (process, ours):
        read_until(ours, "User name: ")
        for each in answers:
            os.write(ours, f"{each}\n".encode())
            read_until(ours, "Password: ")
        assert status_after_ctrl_c(process, ours) == 130


def status_after_ctrl_c(process: subprocess.Popen[bytes], ours: int) -> int:
    """Press Ctrl-C until the program ends. Python's `input` misses it in the moment between its prompt and its read."""
    for _ in range(round(PATIENCE)):
        with suppress(OSError):  # the program has closed the terminal
            os.write(ours, b"\x03")
        with suppress(subprocess.TimeoutExpired):
            return process.wait(1)
    raise AssertionError("Ctrl-C does not end the program")


@posix
@pytest.mark.parametrize("program", ["device_cli", "trio_app", "invite_users"])
def test_ctrl_c_in_a_call_ends_the_program(program: str, tmp_path: Path, users: Path) -> None:
    arguments = {"device_cli": (), "trio_app": ("alice", "bob"), "invite_users": (users, tmp_path / "done")}[program]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        changes = {"COGNITO_ENDPOINT": endpoint, "SESSION_FILE": str(tmp_path / "session.json")}
        with terminal(program, *arguments, **changes) as (process, ours):
            if program == "device_cli":
                read_until(ours, "User name: ")
                os.write(ours, b"alice\n")
                read_until(ours, "Password: ")
                os.write(ours, f"{PASSWORD}\n".encode())
            silent.settimeout(PATIENCE)
            connection, _ = silent.accept()
            with connection:
                connection.recv(1000)
                process.send_signal(signal.SIGINT)
                assert process.wait(PATIENCE) == (1 if program == "invite_users" else 130)
            assert b"Traceback" not in read_rest(ours)
