"""A movable clock, the files of AWS's tools, botocore's results, and errors that must not contain secrets."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio.to_thread
import botocore.session
import pytest

from cognito_async import errors
from cognito_async.credentials import Credentials
from cognito_async.local import MovableClock
from tests.aws.credentials.services import START


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(START)


Files = Callable[..., None]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """`files(config=…, credentials=…)` writes the two files and names them in the environment."""

    def write(*, config: str = "", credentials: str = "") -> None:
        for variable, name, text in (
            ("AWS_CONFIG_FILE", "config", config),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials),
        ):
            (tmp_path / name).write_text(text, "utf-8")
            monkeypatch.setenv(variable, str(tmp_path / name))

    return write


Keys = tuple[str, str, str | None]


def keys_of(credentials: Credentials) -> Keys:
    """Return the credentials without their expiry."""
    return credentials.access_key_id, credentials.secret_access_key, credentials.session_token


def botocore_keys(profile: str | None = None) -> Keys | None:
    """Return the keys that botocore finds. This blocks."""
    found = botocore.session.Session(profile=profile).get_credentials()
    if found is None:
        return None
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token


@pytest.fixture
def oracle() -> Callable[..., Awaitable[Keys | None]]:
    """`await oracle(profile=None)` returns the keys that botocore finds in the same files, environment and servers."""

    async def ask(profile: str | None = None) -> Keys | None:
        return await anyio.to_thread.run_sync(botocore_keys, profile)

    return ask


Refusal = Callable[[Awaitable[Any]], Awaitable[errors.CredentialsError]]


@pytest.fixture
def refusal() -> Refusal:
    """`await refusal(provider())` returns the provider's error, after a check that it has no secret and no cause."""

    async def refused(asking: Awaitable[Any]) -> errors.CredentialsError:
        with pytest.raises(errors.CredentialsError) as caught:
            await asking
        error = caught.value
        assert error.__cause__ is None and error.__context__ is None
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        assert "Mark3r" not in shown + repr(vars(error))
        return error

    return refused
