"""AWS credentials for signed operations. Their sources are in `credentials`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from .._core.errors import CredentialsError
from .._core.redact import mask


@dataclass(frozen=True, slots=True, init=False)
class Credentials:
    """Pass one as `credentials=` to call the operations that only an AWS identity may call.

    Args:
        access_key_id: such as `AKIA…`.
        secret_access_key: never shown.
        session_token: of temporary credentials; never shown.
        expires_at: when they expire, aware; `None` if they do not, or it is unknown. A provider's credentials are
            cached until shortly before then.

    Raises:
        CredentialsError: if one of them cannot be right.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    expires_at: datetime | None

    def __init__(
        self,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        secret_access_key, session_token = mask(secret_access_key), mask(session_token) or None
        object.__setattr__(self, "access_key_id", access_key_id)
        object.__setattr__(self, "secret_access_key", secret_access_key)
        object.__setattr__(self, "session_token", session_token)
        object.__setattr__(self, "expires_at", expires_at)
        for name, value in (
            ("access_key_id", access_key_id),
            ("secret_access_key", secret_access_key),
            ("session_token", session_token or "-"),
        ):
            # They go into headers: a line break would begin another one.
            if not (isinstance(value, str) and value and value.isascii() and value.isprintable() and " " not in value):
                raise CredentialsError(f"{name} is no text, empty, or has a character that it cannot have")
        if expires_at is not None and not (isinstance(expires_at, datetime) and expires_at.tzinfo is not None):
            raise CredentialsError("expires_at is no aware datetime, such as datetime.now(timezone.utc)")


CredentialsProvider = Callable[[], Awaitable[Credentials]]


class StaticCredentials:
    """A provider that never waits, so that it needs no time limit."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Credentials) -> None:
        self._answer = answer

    async def __call__(self) -> Credentials:
        return self._answer
