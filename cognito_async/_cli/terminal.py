"""Prompts and output at a terminal. Prompts and notes go to stderr, because stdout is for the result."""

from __future__ import annotations

import io
import os
import re
import sys
from typing import Any

import segno
import typer
from rich.console import Console, RenderableType
from rich.text import Text

from .._core.redact import mask
from .._core.secret import opened
from .._facade.results import CodeDelivery
from .._facade.user.totp import TotpSecret
from .failure import Failure, one_line, print_json


def ask_password(question: str = "Password", *, new: bool = False, variable: str = "COGNITO_PASSWORD") -> str:
    """Return the password, masked: from the environment, or else from a prompt without echo. Prompt twice if `new`."""
    given = os.environ.get(variable)
    if given:
        return mask(given)
    require_terminal(f"there is no terminal to ask for the password: set {variable}")
    return _prompt(question, hidden=True, confirmation_prompt=new)


def ask_code(question: str = "Code") -> str:
    """Prompt for a code without echo. Spaces are removed, because apps and messages show codes in groups."""
    require_terminal("there is no terminal to ask for the code: give it as the last argument")
    while not (code := mask("".join(opened(_prompt(question, hidden=True)).split()))):
        pass
    return code


def ask_app_code() -> str:
    """Prompt for the six digits that an authenticator app shows."""
    while not re.fullmatch("[0-9]{6}", opened(code := ask_code("Code of the authenticator app"))):
        note("The code has six digits.")
    return code


def ask(question: str, *, hidden: bool = False, default: str | None = None) -> str:
    """Prompt for a string, which may be empty only if `default` is empty."""
    require_terminal(f"there is no terminal to answer the prompt: {one_line(question)}")
    return _prompt(one_line(question), hidden=hidden, default=default, show_default=False)


def choose(question: str, options: tuple[str, ...]) -> str:
    """Prompt for one of the options, by its name or its number."""
    note(question)
    numbered = {str(number): option for number, option in enumerate(options, 1)}
    for number, option in numbered.items():
        note(f"{number}. {option}")
    while True:
        typed = ask("Choice")
        if typed in options:
            return typed
        if typed in numbered:
            return numbered[typed]
        note("Please type one of the names or numbers above.")


def note(text: str) -> None:
    """Print a line to stderr, for the user to read before the next prompt."""
    typer.echo(one_line(text), err=True)


def show_totp_secret(setup: TotpSecret, issuer: str) -> None:
    """Show the secret for an authenticator app, as a QR code and as text. Use stderr, because stdout may be a file."""
    picture = io.StringIO()
    code = segno.make(setup.uri(issuer))
    code.terminal(out=picture, compact=True)
    console = Console(stderr=True)
    wanted = code.symbol_size()[0]
    if console.width < wanted:
        note(f"To show a QR code, the window must be {wanted} columns wide.")
    else:
        # Always white on black, whatever the terminal's colours are, because few scanners read an inverted code.
        console.print(Text(picture.getvalue().rstrip("\n"), style="color(231) on color(16)"), soft_wrap=True)
    note(f"Scan this with an authenticator app, or type into it: {setup.secret}")


def describe_delivery(delivery: CodeDelivery) -> str:
    """Return a sentence for the user that says where a code was sent."""
    return f"A code was sent by {delivery.medium or 'message'} to {delivery.destination or 'the user'}."


def print_result(as_json: bool, facts: dict[str, Any], shown: RenderableType) -> None:
    """Print a command's result: `facts` as JSON, for scripts, if `as_json`; otherwise `shown`."""
    if as_json:
        print_json(facts)
    else:
        # The service's strings must not act as markup or terminal commands. Strings are not wrapped, tables are.
        text = "\n".join(map(one_line, shown.splitlines())) if isinstance(shown, str) else shown
        Console(markup=False, highlight=False, soft_wrap=isinstance(shown, str)).print(text)


def has_terminal() -> bool:
    """Return whether stdin is a terminal, at which a user can answer prompts."""
    # `sys.stdin` is None if stdin was closed.
    return sys.stdin is not None and sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison]


def require_terminal(otherwise: str, *, code: str = "MissingInput") -> None:
    """Raise a `Failure` with the message `otherwise` unless stdin is a terminal."""
    if not has_terminal():
        raise Failure(code, otherwise)


def _prompt(question: str, *, hidden: bool, **options: Any) -> str:
    try:
        typed: str = (mask if hidden else str)(typer.prompt(question, hide_input=hidden, err=True, **options))
        return typed
    except typer.Abort:
        if not hidden:
            typer.echo(err=True)  # so that the next output starts on a new line
        raise
