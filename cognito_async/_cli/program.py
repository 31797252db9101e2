"""The program `cognito-async`: parses the arguments and runs the command.

`argparse` parses the arguments of `demo` and `local`. The other commands use typer, which may not be installed.
Therefore `ACCOUNT_COMMANDS` lists them too, so that `--help` shows every command even without typer.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from .. import __version__
from .failure import FAILED, INTERRUPTED, PROGRAM, Failure, discard_unwritable_output, usage

ACCOUNT_COMMANDS = {
    "sign-up": "create an account",
    "confirm": "confirm a new account with the code that was sent to the user",
    "resend": "send a new code for confirm",
    "sign-in": "sign in, and stay signed in for later commands",
    "whoami": "show the signed-in user and the user's attributes",
    "token": "print the access token or the ID token, which is a secret, for scripts",
    "decode": "show the claims of a token from standard input, and whether it is valid",
    "accounts": "list the users who are signed in on this machine",
    "switch": "make another signed-in user the current one",
    "sign-out": "end the session",
    "forgot-password": "set a new password with a code that is sent to the user",
    "change-password": "change the password",
    "attributes": "show, change and verify attributes",
    "mfa": "set up second factors, and switch them on or off",
    "devices": "show, remember and forget devices",
    "delete-account": "delete the account permanently",
}
_COMMANDS = {"demo", "local", *ACCOUNT_COMMANDS}


def run(argv: Sequence[str]) -> int:
    """Run the command and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # print "?" for a character that the terminal cannot show
    try:
        return _run_command(argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _end_without_output(error)


def _run_command(argv: Sequence[str]) -> int:
    try:
        if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - stdout was closed
            raise Failure("NoOutput", "the output cannot be written: stdout is closed")
        return _dispatch(argv)
    except Failure as failure:
        return failure.show(as_json="--json" in argv)
    finally:
        if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison] - as above
            sys.stdout.flush()  # now, because at exit Python would report an error in its own way


def _end_without_output(error: OSError) -> int:
    """Report that the output cannot be written, and return the exit status.

    Nothing is reported if the reader of a pipe, such as `head`, has closed it, because that is usual.
    """
    discard_unwritable_output()
    if not isinstance(error, BrokenPipeError):
        Failure("NoOutput", f"the output cannot be written: {error.strerror}").show(as_json=False)
    return FAILED


def _dispatch(argv: Sequence[str]) -> int:
    if argv and argv[0] in ACCOUNT_COMMANDS:
        return _account_command(argv)
    try:
        options, unknown = _parser().parse_known_args(argv)
    except _WrongArguments as wrong:
        # Before a command, the parser takes the value of an unknown option for the command. It may be a secret.
        hidden = [word for word in argv if word not in _COMMANDS] if argv and argv[0].startswith("-") else ()
        raise usage(str(wrong), hidden) from None
    if unknown:
        raise usage(
            f"unrecognized arguments: {' '.join(unknown)}", unknown, hint=f"see {PROGRAM} {options.command} --help"
        )
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
        # The value of an option that takes none may be a secret.
        message = re.sub("ignored explicit argument .*", "takes no value", message)
        raise _WrongArguments(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Use Amazon Cognito user pools from the command line, or serve a local one.",
        epilog="All commands except demo and local need the extra `cli`:\npip install 'cognito-async[cli]'",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # so that the epilog's command is not broken
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(
        commands.add_parser("demo", help="make an account, sign in and sign out on a local pool", allow_abbrev=False)
    )
    _add_local(
        commands.add_parser("local", help="serve a local user pool to clients in any language", allow_abbrev=False)
    )
    for name, help_text in ACCOUNT_COMMANDS.items():
        commands.add_parser(name, help=help_text)
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make an account, sign in and sign out on a local user pool in this process, and print each step."
    )
    parser.add_argument(
        "--backend",
        choices=("asyncio", "trio"),
        default="asyncio",
        help="the event loop (default: asyncio); install trio to use it",
    )


def _add_local(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve a user pool in memory, until SIGINT (Ctrl-C) or SIGTERM. When the server accepts connections, it prints"
        " its first line to stdout: a JSON object with endpoint, user_pool_id and client_id. Needs the extra `local`."
        " The pool is for tests only: its admin keys are public (access key ID AKIDLOCAL, secret access key"
        " local-secret-key)."
    )
    parser.epilog = (
        "The environment variable COGNITO_CLIENT_SECRET sets the secret of the app client; by default it has none."
        " Options and this variable override the settings file. Modules that the file names for triggers can be in the"
        " folder of the file."
    )
    parser.add_argument(
        "--host", type=_text, default="127.0.0.1", help="the address to bind (default: %(default)s, this machine only)"
    )
    parser.add_argument(
        "--allow-host",
        dest="allowed_hosts",
        action="append",
        default=[],
        type=_text,
        metavar="NAME",
        help=(
            "a host to answer for besides this machine and --host, such as the name of a Docker Compose service; may be"
            " repeated; .example.com also allows subdomains. Web pages of these hosts may call the pool"
        ),
    )
    parser.add_argument("--port", type=_port, default=0, help="the port to bind (default: 0, for any free port)")
    _add_local_settings(parser)
    parser.add_argument(
        "--code", type=_text, metavar="CODE", help="the value of all codes, such as 123456 (default: random codes)"
    )
    parser.add_argument(
        "--show-codes", action="store_true", help="print each code that the pool would send, as a line of JSON"
    )


def _add_local_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user-pool-id", type=_text, metavar="ID", help="the pool's ID (default: us-east-1_LocalPool)")
    parser.add_argument(
        "--client-id", type=_text, metavar="ID", help="the app client's ID (default: 1local2pool3client4example)"
    )
    parser.add_argument("--settings", metavar="FILE", type=_path, help="a TOML file, which can contain all settings")
    parser.add_argument(
        "--mfa",
        choices=("OFF", "OPTIONAL", "ON"),
        help="the users who need a second factor: none (OFF, the default), those who chose one (OPTIONAL), or all (ON)",
    )
    parser.add_argument(
        "--device-tracking",
        choices=("OFF", "ALWAYS", "OPT_IN"),
        help=(
            "the devices to remember: none (OFF, the default), all (ALWAYS), or those that users choose to remember"
            " (OPT_IN)"
        ),
    )
    parser.add_argument(
        "--first-factor",
        dest="first_factors",
        action="append",
        choices=("PASSWORD", "EMAIL_OTP", "SMS_OTP"),
        help="a factor with which a sign-in by USER_AUTH can begin; may be repeated (default: PASSWORD)",
    )
    parser.add_argument(
        "--sign-up-with",
        dest="username_attributes",
        action="append",
        choices=("email", "phone_number"),
        help="a contact with which users sign up instead of a username; may be given twice",
    )


def _text(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the value must not be empty")
    return text


def _path(text: str) -> Path:
    return Path(_text(text))


def _port(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= len("65535") and int(text) <= 65535):
        raise argparse.ArgumentTypeError("the port must be a number from 0 to 65535")
    return int(text)
