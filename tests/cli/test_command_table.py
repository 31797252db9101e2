"""The table of account commands: `--help` lists what typer runs."""

from __future__ import annotations

from typing import Any

import typer

from cognito_async._cli import accounts
from cognito_async._cli.options import app
from cognito_async._cli.program import ACCOUNT_COMMANDS


def test_every_account_command_is_listed() -> None:
    assert accounts.__all__  # the import registers the commands
    group: Any = typer.main.get_command(app)
    assert group.commands.keys() == ACCOUNT_COMMANDS.keys()
