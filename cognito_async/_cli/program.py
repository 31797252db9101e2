"""The program `cognito-async`: parses the arguments and runs the command.

`argparse` parses `demo` and `local`. The other commands use typer, which may not be installed; they are listed in
`ACCOUNT_COMMANDS` as well, so that `--help` shows every command in either case.
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
    "sign-up": "create an account",
    "confirm": "confirm an account with the code that was sent",
    "resend": "send a new code",
    "sign-in": "sign in, and stay signed in",
    "whoami": "show who is signed in",
    "accounts": "list the users who are signed in on this machine",
    "switch": "make another one of them the current user",
    "sign-out": "end the session",
    "forgot-password": "send a code, and set a new password with it",
    "change-password": "change the password",
    "attributes": "show, change and verify attributes",
    "mfa": "set up and switch second factors",
    "devices": "show, remember and forget devices",
    "delete-account": "delete the account permanently",
}


def run(argv: Sequence[str]) -> int:
    """Run the command and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # so that a terminal without a character does not make us fail
    try:
        return _run_command(argv)
    except BrokenPipeError:
        _discard_stdout()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _run_command(argv: Sequence[str]) -> int:
    try:
        return _dispatch(argv)
    except Failure as failure:
        return failure.show(as_json="--json" in argv)


def _discard_stdout() -> None:
    """Redirect stdout to the null device.

    The reader (such as `head`) has closed the pipe, and Python would complain at exit when it flushes stdout.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _dispatch(argv: Sequence[str]) -> int:
    if argv and argv[0] in ACCOUNT_COMMANDS:
        return _account_command(argv)
    try:
        options = _parser().parse_args(argv)
    except _WrongArguments as wrong:
        # The first word is or should be a command, so the message may show it. Later words may be secrets.
        raise usage(str(wrong), argv if argv and argv[0].startswith("-") else argv[1:]) from None
    if options.command == "demo":
        from . import demo  # noqa: PLC0415 - each command imports only its own modules

        return demo.run(options.backend)
    with _extra("local", "uvicorn", command="local"):
        from . import serve  # noqa: PLC0415
    return serve.run(options)


def _account_command(argv: Sequence[str]) -> int:
    with _extra("cli", "typer", "rich", "segno", command=argv[0]):
        from . import commands  # noqa: PLC0415
    return commands.run(argv)


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
        description="Amazon Cognito user pools from the command line, and a local user pool to try them with.",
        epilog="All commands except demo and local need the extra `cli`: pip install 'cognito-async[cli]'.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(commands.add_parser("demo", help="run the six calls end to end on a local pool", allow_abbrev=False))
    _add_local(commands.add_parser("local", help="serve a local user pool to any client", allow_abbrev=False))
    for name, help_text in ACCOUNT_COMMANDS.items():
        commands.add_parser(name, help=help_text)
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.description = "Run the six calls end to end on a local user pool in this process, and print each step."
    parser.add_argument(
        "--backend", choices=("asyncio", "trio"), default="asyncio", help="the event loop; trio must be installed"
    )


def _add_local(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve a user pool in memory. The first line on stdout is one JSON object with endpoint, user_pool_id and"
        " client_id, printed once the server accepts connections. Needs the extra `local`. Ends on SIGINT or SIGTERM."
    )
    parser.epilog = (
        "COGNITO_CLIENT_SECRET in the environment gives the app client a secret. Options and environment override"
        " the settings file. The modules of its triggers may be in the folder of the file."
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to bind (default: %(default)s, this machine only)"
    )
    parser.add_argument("--port", type=_port, default=0, help="the port (default: 0, a free one)")
    parser.add_argument("--user-pool-id", metavar="ID", help="the pool's ID (default: us-east-1_LocalPool)")
    parser.add_argument("--client-id", metavar="ID", help="the app client's ID")
    parser.add_argument("--settings", metavar="FILE", type=Path, help="a TOML file with all settings")
    parser.add_argument("--mfa", choices=("OFF", "OPTIONAL", "ON"), help="whether users need a second factor")
    parser.add_argument("--device-tracking", choices=("OFF", "ALWAYS", "OPT_IN"), help="whether devices are remembered")
    parser.add_argument(
        "--first-factor",
        dest="first_factors",
        action="append",
        choices=("PASSWORD", "EMAIL_OTP", "SMS_OTP"),
        help="a first factor that USER_AUTH offers; may be repeated",
    )
    parser.add_argument(
        "--sign-up-with",
        dest="username_attributes",
        action="append",
        choices=("email", "phone_number"),
        help="a contact with which users sign up instead of a username; may be given twice",
    )
    parser.add_argument("--code", metavar="CODE", help="use this code in all messages, such as 123456")
    parser.add_argument("--show-codes", action="store_true", help="print every sent code as a line of JSON")


def _port(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("the port must be a number from 0 to 65535")
    return int(text)
