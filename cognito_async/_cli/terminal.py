"""What is asked at a terminal, and what is shown there. Questions go to stderr: stdout is for the outcome."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Any

import typer
from rich.console import Console, RenderableType

from .._facade.auth import Auth
from .._facade.challenge_kinds import AnyChallenge
from .._facade.progress import SignInResult
from .._ground.redact import Masked
from ..errors import CodeMismatchException
from .failure import Failure, one_line, print_json
from .session import call


def ask_password(*, new: bool = False) -> Masked:
    """The password from the environment, else asked for without showing it; a new one twice."""
    given = os.environ.get("COGNITO_PASSWORD")
    if given:
        return Masked(given)
    _require_terminal("there is no terminal to ask for the password: set COGNITO_PASSWORD")
    return Masked(typer.prompt("Password", hide_input=True, confirmation_prompt=new, err=True))


def ask_code() -> Masked:
    """The code that was sent."""
    _require_terminal("there is no terminal to ask for the code: give it after the user name")
    return Masked(typer.prompt("Code", err=True))


def answer(auth: Auth, challenge: AnyChallenge) -> SignInResult | None:
    """Ask for the answer to whatever challenge it is, by the service's own names; `None` after a wrong code."""
    parameters = ", ".join(sorted(challenge.parameters)) or "none"
    asked = f"the service asks for {challenge.name} (parameters: {parameters})"
    _require_terminal(f"{asked}; run sign-in in a terminal to answer it", code="ChallengeRequired")
    typer.echo(one_line(asked), err=True)
    question = "Name of an answer, such as SMS_MFA_CODE (empty: send)"
    responses: dict[str, str] = {}
    while name := typer.prompt(question, default="", show_default=False, err=True):
        responses[name] = Masked(typer.prompt(name, hide_input=True, err=True))
    try:
        return call(auth, partial(challenge.answer, responses))
    except Failure as failure:
        if failure.code != CodeMismatchException.__name__:
            raise
        typer.echo(failure.message, err=True)
        return None


def tell(as_json: bool, facts: dict[str, Any], shown: RenderableType) -> None:
    """The outcome: `facts` for scripts, else `shown`."""
    if as_json:
        print_json(facts)
    else:
        # What a server says is not markup, and a line is not broken where a terminal ends.
        Console(markup=False, highlight=False, soft_wrap=isinstance(shown, str)).print(shown)


def _require_terminal(otherwise: str, *, code: str = "MissingInput") -> None:
    if not sys.stdin.isatty():
        raise Failure(code, otherwise)
