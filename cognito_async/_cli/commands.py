"""The commands `sign-up`, `confirm`, `resend`, `whoami` and `sign-out`, and `run` for all account commands.

Prompts appear before and after calls, never while an event loop runs, because then Ctrl-C would not end them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from .. import errors
from . import accounts, factors, profile, recovery, sign_in, tokens
from .failure import PROGRAM, Failure, one_line, usage
from .options import ClientId, Code, Endpoint, Json, PoolId, Region, Store, Username, app, parse_pairs
from .session import Target, call, until_accepted, with_code
from .terminal import ask_password, describe_delivery, print_result

# Importing these modules registers their commands.
__all__ = ["accounts", "factors", "profile", "recovery", "run", "sign_in", "tokens"]


def run(argv: Sequence[str]) -> int:
    """Parse and run one command, and return the exit status."""
    command = typer.main.get_command(app)
    # This is click's UsageError. Its module depends on the version of typer, but every version exports this subclass.
    wrong_usage: type[Exception] = typer.BadParameter.__bases__[0]
    try:
        status = command.main(args=list(argv), prog_name=PROGRAM, standalone_mode=False)
    except wrong_usage as error:
        message = str(getattr(error, "format_message", error.__str__)())
        words, known = _command_words(command, argv)
        # Surplus arguments and unknown options may be secrets. The unknown command of a group is not, and neither are
        # the names and values of known options.
        hidden = argv[words:]
        if isinstance(error, typer.BadParameter) or (known and not "".join(hidden[:1]).startswith("-")):
            hidden = ()
        hint = f"see {PROGRAM} {' '.join(argv[:words])} --help"
        raise usage(message, hidden, hint=f"choose from {', '.join(known)}; {hint}" if known else hint) from None
    except typer.Abort:
        raise Failure("Aborted", "aborted") from None
    return status if isinstance(status, int) else 0


def _command_words(command: Any, argv: Sequence[str]) -> tuple[int, list[str]]:
    """Return the number of leading words that name the command, and the commands of which one must follow them."""
    words = 0
    while words < len(argv) and argv[words] in getattr(command, "commands", {}):
        command = command.commands[argv[words]]
        words += 1
    return words, list(getattr(command, "commands", ()))


@app.command("sign-up")
def sign_up(
    username: Annotated[
        str, typer.Argument(help="The name of the new user; in some pools, the e-mail address or phone number.")
    ],
    user_pool_id: PoolId,
    client_id: ClientId,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            "--attribute",
            metavar="NAME=VALUE",
            help="An attribute of the new user, such as email=alice@example.com; may be repeated.",
        ),
    ] = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Create an account. Prompts for the password unless COGNITO_PASSWORD is set.

    The password is never an argument, because other users of the machine could see it.
    """
    attributes = parse_pairs(attribute or [], "--attribute")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    result = until_accepted(
        auth,
        lambda: partial(auth.sign_up, username, ask_password(new=True), attributes=attributes),
        retry_on=(errors.InvalidPasswordException,),
        variable="COGNITO_PASSWORD",
    )
    lines = [f"{username} has an account now."]
    if result.code_delivery is not None:
        lines.append(describe_delivery(result.code_delivery))
    if not result.user_confirmed and result.code_delivery is not None:
        lines.append(f"Next: {PROGRAM} confirm {username} CODE")
    elif not result.user_confirmed:
        lines.append("No code was sent: the pool verifies no address of this user. An administrator must confirm it.")
    print_result(as_json, result.model_dump(mode="json"), "\n".join(lines))


@app.command("confirm")
def confirm(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    code: Code = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Confirm a new account with the code that the service sent to the user."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    result = with_code(auth, code, partial(auth.confirm_sign_up, username))
    print_result(
        as_json, result.model_dump(mode="json"), f"{username} is confirmed.\nNext: {PROGRAM} sign-in {username}"
    )


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
    """Send a new code for the command confirm."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    result = call(auth, lambda: auth.resend_sign_up(username))
    print_result(as_json, {"code_delivery": result.model_dump(mode="json")}, describe_delivery(result))


@app.command("whoami")
def whoami(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show the signed-in user, with the current attributes from the service."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    attributes = call(auth, user.attributes)
    table = Table("attribute", "value", title=Text(one_line(user.username)), title_justify="left")
    for name, value in attributes.items():
        table.add_row(Text(one_line(name), overflow="fold"), Text(one_line(value), overflow="fold"))
    print_result(as_json, {"user": {"username": user.username, "sub": user.sub}, "attributes": attributes}, table)


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
    """Sign out. Always ends the session on this machine, and also at the service if it can be reached."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    result = call(auth, lambda: auth.sign_out(global_=everywhere))
    if result.error is not None and result.remote in ("failed", "unknown"):
        failure = Failure.of(result.error, facts={"remote": result.remote})
        failure.message = f"signed out locally; the service may still have the session: {failure.message}"
        raise failure
    lines = {
        "done": "Signed out everywhere." if everywhere else "Signed out.",
        "already": "Signed out locally; the session had already ended at the service.",
        "none": "No user was signed in.",
    }
    print_result(as_json, {"remote": result.remote}, lines[result.remote])
