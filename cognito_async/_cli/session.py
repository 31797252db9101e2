"""The person at the command line: whose pool, where the session is kept, and how a call is made."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio

from .. import errors
from .._core.errors import CognitoError, ConfigurationError, NoCurrentUser
from .._facade.pool import Auth
from .._stores.file_store import FileStore
from .failure import PROGRAM, WRONG_USAGE, Failure
from .terminal import ask_code, note

T = TypeVar("T")
# Answers that another try can mend.
MENDABLE: tuple[type[CognitoError], ...] = (
    errors.CodeMismatchException,
    errors.EnableSoftwareTokenMFAException,
    errors.InvalidParameterException,
    errors.InvalidPasswordException,
)


@dataclass(frozen=True, slots=True)
class Target:
    """The user pool that a command is for, as options and environment give it."""

    user_pool_id: str
    client_id: str
    endpoint: str | None
    region: str | None
    store: Path | None

    def auth(self) -> Auth:
        """An `Auth` that keeps its session in a file; the secrets come from the environment alone."""
        try:
            return Auth(
                self.user_pool_id,
                self.client_id,
                client_secret=os.environ.get("COGNITO_CLIENT_SECRET") or None,
                endpoint=self.endpoint or None,
                region=self.region or None,
                store=FileStore(self.store or default_store(), key=os.environ.get("COGNITO_STORE_KEY") or None),
            )
        except ConfigurationError as error:
            raise Failure.of(error, status=WRONG_USAGE) from None


def call(auth: Auth, work: Callable[[], Awaitable[T]]) -> T:
    """Run one call on an event loop of its own; whatever goes wrong becomes a `Failure`."""

    async def run() -> T:
        async with auth:
            return await work()

    try:
        return anyio.run(run)
    except NoCurrentUser as error:
        raise Failure(type(error).__name__, f"nobody is signed in: run {PROGRAM} sign-in first") from None
    except CognitoError as error:
        raise Failure.of(error) from None


def until_right(
    auth: Auth,
    ask: Callable[[], Callable[[], Awaitable[T]]],
    *,
    mendable: tuple[type[CognitoError], ...] = MENDABLE,
    variable: str | None = None,
) -> T:
    """Ask somebody, and make the call that this gives; ask again after a wrong answer.

    Args:
        variable: what the environment answers instead, if it is set: the same each time, so it is tried once.
    """
    while True:
        try:
            return call(auth, ask())
        except Failure as failure:
            again = not (variable and os.environ.get(variable))
            if not again or failure.code not in {each.__name__ for each in mendable}:
                raise
            note(failure.message)


def with_code(auth: Auth, code: str | None, work: Callable[[str], Awaitable[T]]) -> T:
    """Make the call with the code that was given, else with one that is asked for until it is right."""
    if code:
        return call(auth, partial(work, code))
    return until_right(auth, lambda: partial(work, ask_code()))


def default_store() -> Path:
    """Where the session is kept: the platform's folder for state that a program can lose."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        given = Path(os.environ.get("XDG_STATE_HOME", ""))
        folder = given if given.is_absolute() else Path.home() / ".local" / "state"
    return folder / "cognito-async" / "sessions.json"
