"""What `cognito-async` was asked for, and who does it.

`demo` and `local` are parsed here, by the standard library. All else goes to typer, which may not be
installed; those commands are named here too, so that `--help` lists everything either way.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from .. import __version__
from .failure import FAILED, INTERRUPTED, PROGRAM, Failure, usage

ACCOUNT_COMMANDS = {
    "sign-up": "make an account",
    "confirm": "confirm an account with the code that was sent",
    "resend": "have a new code sent",
    "sign-in": "sign in, and stay signed in",
    "whoami": "show who is signed in",
    "users": "list all who are signed in here",
    "switch": "make another one of them the current user",
    "sign-out": "end the session",
    "forgot-password": "set a new password with a code that is sent",
    "change-password": "change the password",
    "attributes": "show, change and verify attributes",
    "mfa": "set up and switch second factors",
    "devices": "show, remember and forget devices",
    "delete-account": "delete the account for good",
}


def run(argv: Sequence[str]) -> int:
    """Do what the arguments say and return the exit status: 0 done, 1 failed, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character is no reason to fail
    try:
        return _done(argv)
    except BrokenPipeError:
        _let_go_of_stdout()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _done(argv: Sequence[str]) -> int:
    try:
        return _dispatch(argv)
    except Failure as failure:
        return failure.show(as_json="--json" in argv)


def _let_go_of_stdout() -> None:
    """Whoever read what is printed, such as `head`, has seen enough; Python would complain of that at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _dispatch(argv: Sequence[str]) -> int:
    if argv and argv[0] in ACCOUNT_COMMANDS:
        return _account_command(argv)
    try:
        options = _parser().parse_args(argv)
    except _WrongArguments as wrong:
        # The first word is a command, or was meant to be one; what follows may be a secret.
        raise usage(str(wrong), argv if argv and argv[0].startswith("-") else argv[1:]) from None
    if options.command == "demo":
        from . import demo  # noqa: PLC0415 - each command imports what it needs, and no more

        return demo.run(options.backend)
    with _extra("local", "uvicorn", command="local"):
        from . import serve  # noqa: PLC0415
    return serve.run(options)


def _account_command(argv: Sequence[str]) -> int:
    with _extra("cli", "typer", "rich", "segno", command=argv[0]):
        from . import accounts  # noqa: PLC0415
    return accounts.run(argv)


@contextmanager
def _extra(name: str, *modules: str, command: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in modules:
            raise
        message = f"`{command}` needs the extra `{name}`: pip install 'cognito-async[{name}]'"
        raise Failure("MissingExtra", message) from None


class _WrongArguments(Exception):
    pass


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _WrongArguments(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Amazon Cognito user pools from the command line, and a local user pool to try them on.",
        epilog="All commands but demo and local need the extra `cli`: pip install 'cognito-async[cli]'.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(commands.add_parser("demo", help="the six calls, end to end, on a local pool", allow_abbrev=False))
    _add_local(commands.add_parser("local", help="serve a local user pool to any client", allow_abbrev=False))
    for name, help_text in ACCOUNT_COMMANDS.items():
        commands.add_parser(name, help=help_text)
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.description = "Run the six calls end to end on a local user pool in this process, and show each step."
    parser.add_argument(
        "--backend", choices=("asyncio", "trio"), default="asyncio", help="the event loop; trio must be installed"
    )


def _add_local(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve a user pool in memory. The first line on stdout is one JSON object with endpoint, user_pool_id and"
        " client_id; it comes when connections are accepted. Needs the extra `local`. Ends on SIGINT or SIGTERM."
    )
    parser.epilog = (
        "COGNITO_CLIENT_SECRET in the environment gives the app client a secret. What is said here and in the"
        " environment goes before what the settings file says. Modules that the file names are looked for beside it."
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to bind (default: %(default)s, this machine)")
    parser.add_argument("--port", type=_port, default=0, help="the port; 0 takes a free one (default)")
    parser.add_argument("--user-pool-id", metavar="ID", help="the pool's id (default: us-east-1_LocalPool)")
    parser.add_argument("--client-id", metavar="ID", help="the app client's id")
    parser.add_argument("--settings", metavar="FILE", type=Path, help="a TOML file with all that can be set")
    parser.add_argument("--mfa", choices=("OFF", "OPTIONAL", "ON"), help="who is asked for a second factor")
    parser.add_argument("--device-tracking", choices=("OFF", "ALWAYS", "OPT_IN"), help="whether devices are remembered")
    parser.add_argument(
        "--first-factor",
        dest="first_factors",
        action="append",
        choices=("PASSWORD", "EMAIL_OTP", "SMS_OTP"),
        help="how USER_AUTH may begin; may be given more than once",
    )
    parser.add_argument(
        "--sign-up-with",
        dest="username_attributes",
        action="append",
        choices=("email", "phone_number"),
        help="people sign up with this contact instead of a username; may be given twice",
    )
    parser.add_argument("--code", metavar="CODE", help="every code is this one, such as 123456")
    parser.add_argument("--show-codes", action="store_true", help="print every code that is sent, as a line of JSON")


def _port(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)
