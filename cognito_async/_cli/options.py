"""The typer application of the account commands, and the options that they share (extra `cli`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

# An empty environment variable counts as not set.
PoolId = Annotated[str, typer.Option("--user-pool-id", envvar="COGNITO_USER_POOL_ID", help="The user pool.")]
ClientId = Annotated[str, typer.Option("--client-id", envvar="COGNITO_CLIENT_ID", help="The app client.")]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", envvar="COGNITO_ENDPOINT", help="The URL to call instead of the service's.")
]
Region = Annotated[
    str | None, typer.Option("--region", envvar="COGNITO_REGION", help="The region, if the pool ID does not name it.")
]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        envvar="COGNITO_STORE",
        help="The session file (default: cognito-async/sessions.json in the platform's state folder).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]
Username = Annotated[str, typer.Argument(help="A username, or an alias of one.")]
Code = Annotated[str | None, typer.Argument(help="The code (default: prompt for it).")]


def parse_pairs(given: list[str], option: str) -> dict[str, str]:
    """Parse `NAME=VALUE` strings into a dictionary."""
    parts = [each.partition("=") for each in given]
    if not all(name and sign for name, sign, _ in parts):
        raise typer.BadParameter(f"{option} needs NAME=VALUE, such as email=alice@example.com")
    return {name: value for name, _, value in parts}
