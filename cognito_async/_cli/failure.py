"""How a command ends that cannot do what it was asked: one line, or one JSON object, and an exit status."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from .._core.errors import CognitoError
from .._core.secret import MASK

PROGRAM = "cognito-async"
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
# What to do about it, where a command can.
_NEXT = {
    "UserNotConfirmedException": f"run {PROGRAM} confirm first",
    "PasswordResetRequiredException": f"run {PROGRAM} forgot-password first",
}


class Failure(Exception):
    """Raised by commands. `facts` go into the JSON object beside the error."""

    def __init__(self, code: str, message: str, *, status: int = FAILED, facts: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = one_line(message)
        self.status = status
        self.facts = facts or {}

    @classmethod
    def of(cls, error: CognitoError, *, status: int = FAILED, facts: dict[str, Any] | None = None) -> Failure:
        """What the library or the service said, under its own name."""
        code = error.code or type(error).__name__
        step = _NEXT.get(code)
        if code == "NotAuthorizedException" and error.message.startswith("Access Token "):  # only the text tells
            step = f"run {PROGRAM} sign-in again"
        return cls(code, f"{error}; {step}" if step else str(error), status=status, facts=facts)

    def show(self, *, as_json: bool) -> int:
        """Tell the user, and return the exit status."""
        if as_json:
            print_json({**self.facts, "error": {"code": self.code, "message": self.message}})
        else:
            print(f"{PROGRAM}: {self.message}", file=sys.stderr)  # noqa: T201 - this is the program's output
        return self.status


def usage(message: str, argv: Sequence[str]) -> Failure:
    """A mistake in the arguments; nothing of what was typed is repeated, because it may be a password."""
    for word in sorted(_values(argv), key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", MASK, message)
    return Failure("UsageError", message, status=WRONG_USAGE)


def one_line(text: str) -> str:
    """A server's words on one line, without characters that a terminal would act on."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def print_json(value: dict[str, Any]) -> None:
    """The one JSON object of a command, at once."""
    print(json.dumps(value), flush=True)  # noqa: T201 - this is the program's output


def _values(argv: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for word in argv:
        value = word.partition("=")[2] if word.startswith("--") else word[2:] if word.startswith("-") else word
        # A message may quote what was typed as `repr` does.
        found |= {value, repr(value)[1:-1]}
    return found - {""}
