"""The pool that all tests of the command line share. Each test has its own users and session file."""

from __future__ import annotations

import functools
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from cognito_async import FileStore
from cognito_async._cli import session
from cognito_async._cli.program import run
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from tests.cli.program import CODE, Served, serve

PASSWORD = "Marker-Passw0rd!"


@pytest.fixture(autouse=True, scope="session")
def commands_are_built_once() -> None:
    """A process runs one command; the tests run hundreds, and typer would build all of them again for each."""
    typer.main.get_command = functools.cache(typer.main.get_command)


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    with serve("--code", CODE, "--mfa", "OPTIONAL") as pool:
        yield pool


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the JSON object on stdout, which must be the only output."""
        assert self.out.count("\n") == 1
        assert self.err == ""
        return json.loads(self.out)


Program = Callable[..., Outcome]


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Program:
    """Return a function that runs a command in this process."""

    def run_command(*arguments: str) -> Outcome:
        status = run(arguments)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run_command


@pytest.fixture
def pool(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Set environment variables for the shared pool, a password and a session file."""
    for name, value in served.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COGNITO_PASSWORD", PASSWORD)
    monkeypatch.setenv("COGNITO_STORE", str(tmp_path / "state" / "sessions.json"))
    return served


@pytest.fixture
def user(pool: Served, program: Program) -> str:
    """Create a confirmed user, and return the username."""
    name = f"user-{uuid.uuid4().hex[:8]}"
    assert program("sign-up", name, "--attribute", f"email={name}@example.com").status == 0
    assert program("confirm", name, CODE).status == 0
    return name


class FakeTerminal:
    """A terminal that answers prompts in order, and aborts when no answers are left.

    `hidden` lists the prompts whose answers are not shown on the screen.
    """

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.hidden: list[str] = []

    def prompt(self, text: str, *, hide_input: bool = False, err: bool, **options: Any) -> str:
        assert err, "stdout is for the result"
        if hide_input:
            self.hidden.append(text)
        if not self.answers:
            raise typer.Abort
        return self.answers.pop(0)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(typer, "prompt", self.prompt)
        return self


MakeLocal = Callable[..., LocalUserPool]


@pytest.fixture
def make_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeLocal:
    """Return a function that makes a pool in this process, which the commands then call."""

    def connect(settings: PoolSettings | None = None, client: AppClientSettings | None = None) -> LocalUserPool:
        local = LocalUserPool(settings, client)
        store = FileStore(tmp_path / "sessions.json")
        monkeypatch.setattr(session.Target, "auth", lambda self: local.auth(store=store))
        monkeypatch.setenv("COGNITO_USER_POOL_ID", local.settings.id)
        monkeypatch.setenv("COGNITO_CLIENT_ID", local.client.id)
        monkeypatch.setenv("COGNITO_PASSWORD", PASSWORD)
        return local

    return connect
