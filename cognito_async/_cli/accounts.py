"""The commands for a user pool: `sign-up`, `confirm`, `resend`, `sign-in`, `whoami` and `sign-out` (extra `cli`).

Prompts are made before and after calls, never while an event loop runs: only so does Ctrl-C end them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from .._facade.results import CodeDelivery
from .failure import PROGRAM, Failure, one_line, usage
from .session import Target, call
from .terminal import answer, ask_code, ask_password, tell

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


def run(argv: Sequence[str]) -> int:
    """Parse and do one command."""
    command = typer.main.get_command(app)
    # click's UsageError: where it lives depends on the version of typer, but its subclass is always here.
    wrong_usage: type[Exception] = typer.BadParameter.__bases__[0]
    try:
        status = command.main(args=list(argv), prog_name=PROGRAM, standalone_mode=False)
    except wrong_usage as error:
        message = str(getattr(error, "format_message", error.__str__)())
        raise usage(f"{message} (see {PROGRAM} {argv[0]} --help)", argv[1:]) from None
    except typer.Abort:
        raise Failure("Aborted", "aborted") from None
    return status if isinstance(status, int) else 0


@app.command("sign-up")
def sign_up(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", metavar="NAME=VALUE", help="An attribute; repeat it for more.")
    ] = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Make an account. The password is asked for, or taken from COGNITO_PASSWORD; it is never an argument."""
    attributes = _attributes(attribute or [])
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    password = ask_password(new=True)
    result = call(auth, lambda: auth.sign_up(username, password, attributes=attributes))
    lines = [f"{username} has an account now."]
    if result.code_delivery is not None:
        lines.append(_code_went(result.code_delivery))
    if not result.user_confirmed:
        lines.append(f"Next: {PROGRAM} confirm {username} CODE")
    tell(as_json, result.model_dump(mode="json"), "\n".join(lines))


@app.command("confirm")
def confirm(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    code: Annotated[str | None, typer.Argument(help="The code; asked for if not given.")] = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Confirm an account with the code that was sent."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    given = code or ask_code()
    result = call(auth, lambda: auth.confirm_sign_up(username, given))
    tell(as_json, result.model_dump(mode="json"), f"{username} is confirmed.\nNext: {PROGRAM} sign-in {username}")


@app.command("resend")
def resend(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Have a new code sent."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    result = call(auth, lambda: auth.resend_sign_up(username))
    tell(as_json, {"code_delivery": result.model_dump(mode="json")}, _code_went(result))


@app.command("sign-in")
def sign_in(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Sign in by SRP and stay signed in. The password is asked for, or taken from COGNITO_PASSWORD."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    password = ask_password()
    result = call(auth, lambda: auth.sign_in(username, password))
    while (challenge := result.challenge) is not None:
        result = answer(auth, challenge) or result
    tell(as_json, result.model_dump(mode="json"), f"Signed in as {result.user.username}.")


@app.command("whoami")
def whoami(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show who is signed in, with the attributes that the service has now."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    attributes = call(auth, user.attributes)
    table = Table("attribute", "value", title=Text(one_line(user.username)), title_justify="left")
    for name, value in attributes.items():
        table.add_row(Text(one_line(name)), Text(one_line(value), overflow="fold"))
    tell(as_json, {"user": {"username": user.username, "sub": user.sub}, "attributes": attributes}, table)


@app.command("sign-out")
def sign_out(
    user_pool_id: PoolId,
    client_id: ClientId,
    everywhere: Annotated[bool, typer.Option("--global", help="End all sessions of the user, on all devices.")] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """End the session: here in any case, and at the service as far as it can be reached."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    result = call(auth, lambda: auth.sign_out(global_=everywhere))
    if result.error is not None and result.remote in ("failed", "unknown"):
        failure = Failure.of(result.error, facts={"remote": result.remote})
        failure.message = f"signed out here, but not surely at the service: {failure.message}"
        raise failure
    lines = {
        "done": "Signed out everywhere." if everywhere else "Signed out.",
        "already": "Signed out here; at the service the session was over before.",
        "none": "Nobody was signed in.",
    }
    tell(as_json, {"remote": result.remote}, lines[result.remote])


def _attributes(given: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if not all(name and sign for name, sign, _ in pairs):
        raise typer.BadParameter("--attribute takes NAME=VALUE, such as email=alice@example.com")
    return {name: value for name, _, value in pairs}


def _code_went(delivery: CodeDelivery) -> str:
    return f"A code went by {delivery.medium or 'message'} to {delivery.destination or 'the user'}."
