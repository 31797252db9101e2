"""The user pool and session file of an account command, and the functions with which commands make calls."""

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
from .._core.errors import CognitoError, ConfigurationError, NoCurrentUser, NotSignedIn
from .._facade.pool import Auth
from .._stores.file_store import FileStore
from .failure import PROGRAM, WRONG_USAGE, Failure
from .terminal import ask_code, note

T = TypeVar("T")
# After these errors the user may answer again.
RETRY_ON: tuple[type[CognitoError], ...] = (
    errors.CodeMismatchException,
    errors.EnableSoftwareTokenMFAException,
    errors.InvalidParameterException,
    errors.InvalidPasswordException,
)


@dataclass(frozen=True, slots=True)
class Target:
    """The user pool and session file of a command, from its options and the environment."""

    user_pool_id: str
    client_id: str
    endpoint: str | None
    region: str | None
    store: Path | None

    def auth(self) -> Auth:
        """Return an `Auth` that stores its sessions in a file. Its secrets come only from the environment."""
        try:
            return Auth(
                self.user_pool_id,
                self.client_id,
                client_secret=os.environ.get("COGNITO_CLIENT_SECRET") or None,
                endpoint=self.endpoint,
                region=self.region,
                store=FileStore(self.store or default_store(), key=os.environ.get("COGNITO_STORE_KEY") or None),
            )
        except ConfigurationError as error:
            raise Failure.of(error, status=WRONG_USAGE) from None


def call(auth: Auth, work: Callable[[], Awaitable[T]]) -> T:
    """Make one call on a new event loop. Raise `Failure` instead of an error of the library or the service."""

    async def run() -> T:
        async with auth:
            return await work()

    try:
        return anyio.run(run)
    except NoCurrentUser as error:
        raise Failure(type(error).__name__, f"no user is signed in: run {PROGRAM} sign-in first") from None
    except NotSignedIn as error:
        message = f"no user with this name is signed in: run {PROGRAM} accounts to list the users"
        raise Failure(type(error).__name__, message) from None
    except CognitoError as error:
        raise Failure.of(error) from None


def until_accepted(
    auth: Auth,
    ask: Callable[[], Callable[[], Awaitable[T]]],
    *,
    retry_on: tuple[type[CognitoError], ...] = RETRY_ON,
    variable: str | None = None,
) -> T:
    """Prompt for an answer and make a call with it. After a wrong answer, prompt again.

    Args:
        ask: prompts, and returns the call to make.
        retry_on: the errors that mean a wrong answer.
        variable: an environment variable that `ask` reads. If it is set, there is no prompt, so the call is made once.
    """
    while True:
        try:
            return call(auth, ask())
        except Failure as failure:
            prompted = not (variable and os.environ.get(variable))
            if not prompted or failure.code not in {each.__name__ for each in retry_on}:
                raise
            note(failure.message)


def with_code(auth: Auth, code: str | None, work: Callable[[str], Awaitable[T]]) -> T:
    """Make the call with the given code. Without one, prompt for a code until the service accepts it."""
    if code is not None:
        return call(auth, partial(work, code))
    return until_accepted(auth, lambda: partial(work, ask_code()))


def default_store() -> Path:
    """Return the default path of the session file, in the platform's folder for a program's state."""
    try:
        if sys.platform == "win32":
            folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        else:
            given = Path(os.environ.get("XDG_STATE_HOME", ""))
            folder = given if given.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:  # the environment and the system's list of users have no home folder
        raise Failure("NoStore", "this user has no home folder: pass --store", status=WRONG_USAGE) from None
    return folder / "cognito-async" / "sessions.json"
