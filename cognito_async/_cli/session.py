"""The person at the command line: whose pool, where the session is kept, and how a call is made."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import anyio

from .._facade.auth import Auth
from .._ground.errors import CognitoError, ConfigurationError, NoCurrentUser
from .._tokens.file_store import FileStore
from .failure import PROGRAM, WRONG_USAGE, Failure

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """The user pool that a command is for, as options and environment give it."""

    user_pool_id: str
    client_id: str
    endpoint: str | None
    region: str | None
    store: Path | None

    def auth(self) -> Auth:
        """An `Auth` that keeps its session in a file; the client secret comes from the environment alone."""
        try:
            return Auth(
                self.user_pool_id,
                self.client_id,
                client_secret=os.environ.get("COGNITO_CLIENT_SECRET") or None,
                endpoint=self.endpoint or None,
                region=self.region or None,
                store=FileStore(self.store or default_store()),
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


def default_store() -> Path:
    """Where the session is kept: the platform's folder for state that a program can lose."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        given = Path(os.environ.get("XDG_STATE_HOME", ""))
        folder = given if given.is_absolute() else Path.home() / ".local" / "state"
    return folder / "cognito-async" / "sessions.json"
