"""The options that the account commands share, and the program that they belong to (extra `cli`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

# An environment variable that is set and empty counts as not set, for all of them.
PoolId = Annotated[str, typer.Option("--user-pool-id", envvar="COGNITO_USER_POOL_ID", help="The user pool.")]
ClientId = Annotated[str, typer.Option("--client-id", envvar="COGNITO_CLIENT_ID", help="The app client.")]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", envvar="COGNITO_ENDPOINT", help="The URL to call instead of the service's.")
]
Region = Annotated[
    str | None, typer.Option("--region", envvar="COGNITO_REGION", help="The region, if the pool's id does not tell.")
]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        envvar="COGNITO_STORE",
        help="The file that keeps the session (default: cognito-async/sessions.json in the folder for state).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]
Username = Annotated[str, typer.Argument(help="A user name, or an alias of one.")]
Code = Annotated[str | None, typer.Argument(help="The code; asked for if not given.")]


def pairs(given: list[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` texts as a dictionary."""
    parts = [each.partition("=") for each in given]
    if not all(name and sign for name, sign, _ in parts):
        raise typer.BadParameter(f"{option} takes NAME=VALUE, such as email=alice@example.com")
    return {name: value for name, _, value in parts}
