"""AWS credentials, for the administrator's operations: given, asked for, or from the environment."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ._ground.errors import CredentialsError
from ._ground.redact import mask


@dataclass(frozen=True, slots=True, init=False)
class Credentials:
    """Pass one as `credentials=` to call the operations that only an AWS identity may call.

    Args:
        access_key_id: such as `AKIA…`.
        secret_access_key: never shown.
        session_token: of temporary credentials; never shown.

    Raises:
        CredentialsError: when one of them cannot be right.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None

    def __init__(self, access_key_id: str, secret_access_key: str, session_token: str | None = None) -> None:
        secret_access_key, session_token = mask(secret_access_key), mask(session_token) or None
        object.__setattr__(self, "access_key_id", access_key_id)
        object.__setattr__(self, "secret_access_key", secret_access_key)
        object.__setattr__(self, "session_token", session_token)
        for name, value in (
            ("access_key_id", access_key_id),
            ("secret_access_key", secret_access_key),
            ("session_token", session_token or "-"),
        ):
            # They go into headers: a line break would begin another one.
            if not (isinstance(value, str) and value and value.isascii() and value.isprintable() and " " not in value):
                raise CredentialsError(f"{name} is no text, empty, or has a character that it cannot have")


CredentialsProvider = Callable[[], Awaitable[Credentials]]


def from_environment() -> Credentials:
    """The credentials in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if set, AWS_SESSION_TOKEN.

    Raises:
        CredentialsError: when one of the first two is not set.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not os.environ.get(name):
            raise CredentialsError(f"this operation needs AWS credentials: pass credentials=, or set {name}")
    return Credentials(
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
    )


class AtOnce:
    """A provider that has nothing to wait for, so that nobody need watch the time."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[[], Credentials]) -> None:
        self._answer = answer

    async def __call__(self) -> Credentials:
        return self._answer()


def resolve(credentials: Credentials | CredentialsProvider | None) -> CredentialsProvider:
    """What a caller may give as `credentials=`, as a provider; `None` is the environment, read when a call needs it."""
    if callable(credentials):
        return credentials
    return AtOnce(from_environment if credentials is None else lambda: credentials)
