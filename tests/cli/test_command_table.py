"""The table of account commands: `--help` lists the commands that typer runs."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from cognito_async._cli.options import app
from cognito_async._cli.program import ACCOUNT_COMMANDS, run


def test_every_account_command_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sign-up", "--help"]) == 0  # imports and registers all of them
    assert "Usage" in capsys.readouterr().out
    group: Any = typer.main.get_command(app)
    assert group.commands.keys() == ACCOUNT_COMMANDS.keys()
