"""The output and exit status of a command that fails: one line, or one JSON object."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from .._core.errors import CognitoError, SessionExpired
from .._core.secret import MASK

PROGRAM = "cognito-async"
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
# Error code -> the next step, which is appended to the message.
_NEXT = {
    "UserNotConfirmedException": f"run {PROGRAM} confirm first",
    "PasswordResetRequiredException": f"run {PROGRAM} forgot-password first",
}
# The form that the names of all options have. A mistyped name is shown, a password that begins with hyphens is not.
_OPTION = re.compile("--[a-z]+(-[a-z]+)*")


class Failure(Exception):
    """The failure of a command. With `--json`, the printed object has the members of `facts` besides the error."""

    def __init__(self, code: str, message: str, *, status: int = FAILED, facts: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = one_line(message)
        self.status = status
        self.facts = facts or {}

    @classmethod
    def of(cls, error: CognitoError, *, status: int = FAILED, facts: dict[str, Any] | None = None) -> Failure:
        """Return a failure with the code and message of an error of the library or the service."""
        code = error.code or type(error).__name__
        step = _NEXT.get(code)
        is_refused = code == "NotAuthorizedException" and error.message.startswith("Access Token ")
        if isinstance(error, SessionExpired) or is_refused:
            # A call that checks a password does not end the session. Only the message shows that it has ended.
            step = f"run {PROGRAM} sign-in again"
        return cls(code, f"{error}; {step}" if step else str(error), status=status, facts=facts)

    def show(self, *, as_json: bool) -> int:
        """Print the failure and return the exit status."""
        if as_json:
            print_json({**self.facts, "error": {"code": self.code, "message": self.message}})
        else:
            try:
                print(f"{PROGRAM}: {self.message}", file=sys.stderr, flush=True)  # noqa: T201 - the program's output
            except OSError:
                discard_unwritable_output()  # only the exit status can report the failure now
        return self.status


def usage(message: str, hidden: Sequence[str], *, hint: str | None = None) -> Failure:
    """Return a failure for wrong arguments, with an optional hint.

    Args:
        hidden: the arguments that may be secrets, such as a password. They are masked in the message, except for what
            looks like the name of an option.
    """
    for word in sorted(_secrets(hidden), key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", MASK, message)
    return Failure("UsageError", f"{message} ({hint})" if hint else message, status=WRONG_USAGE)


def discard_unwritable_output() -> None:
    """Redirect stdout and stderr to the null device if they cannot be written.

    Otherwise, Python would try again at exit, report an error, and end with another exit status.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):  # `None` is a stream that was closed
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def one_line(text: str) -> str:
    """Return the text on one line, without control characters, so that a server cannot control the terminal."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def print_json(value: dict[str, Any]) -> None:
    """Print a command's JSON object on one line, and flush it."""
    print(json.dumps(value), flush=True)  # noqa: T201 - this is the program's output


def _secrets(argv: Sequence[str]) -> set[str]:
    """Return the parts of these arguments that a message must not show.

    A word such as `-pSECRET` is one of them, and so is `-p`, which typer reports instead: the word may be a password.
    """
    found: set[str] = set()
    for word in argv:
        name, _, value = word.partition("=")
        parts = (value,) if _OPTION.fullmatch(name) else (word, name, word[:2]) if word.startswith("-") else (word,)
        # A message may quote a part with `repr`.
        found.update(part for each in parts if each.strip("-") for part in (each, repr(each)[1:-1]))
    return found
