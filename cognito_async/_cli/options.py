"""The typer application of the account commands, and the options that they share (extra `cli`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

# An environment variable that is empty is treated as not set.
PoolId = Annotated[str, typer.Option("--user-pool-id", envvar="COGNITO_USER_POOL_ID", help="The ID of the user pool.")]
ClientId = Annotated[str, typer.Option("--client-id", envvar="COGNITO_CLIENT_ID", help="The ID of the app client.")]
Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint", envvar="COGNITO_ENDPOINT", help="The URL to call instead of AWS's, such as that of a local pool."
    ),
]
Region = Annotated[
    str | None,
    typer.Option("--region", envvar="COGNITO_REGION", help="The AWS region, if the pool ID does not begin with it."),
]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        envvar="COGNITO_STORE",
        help="The file that holds sessions (default: cognito-async/sessions.json in the platform's state folder).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]
Username = Annotated[str, typer.Argument(help="The username, or an alias of it, such as the e-mail address.")]
Code = Annotated[str | None, typer.Argument(help="The code that the service sent (default: prompt for it).")]


class WrongArguments(typer.BadParameter):
    """Wrong arguments. The message must contain no secret."""


def parse_pairs(given: list[str], option: str) -> dict[str, str]:
    """Parse `NAME=VALUE` strings into a dictionary."""
    parts = [each.partition("=") for each in given]
    if not all(name and sign for name, sign, _ in parts):
        raise WrongArguments(f"{option} needs NAME=VALUE, such as email=alice@example.com")
    return {name: value for name, _, value in parts}
