"""AWS credentials for signed operations. Their sources are in the package `credentials`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import cast

from .._core.errors import CredentialsError
from .._core.redact import mask
from .._core.secret import MaskedStr, SecretValue, opened


class Credentials(SecretValue):
    """AWS credentials. Pass them as `credentials=` to call the operations that only an AWS identity may call.

    Each argument is an attribute. `repr` masks the secrets, and `reveal()` returns all values in plain text.

    Args:
        access_key_id: the id of the key, such as `AKIA…`.
        secret_access_key: the secret of the key; never shown.
        session_token: the token of temporary credentials; never shown; `None` for permanent ones.
        expires_at: the time at which the credentials expire, with a time zone; `None` if they do not expire, or if the
            time is unknown. If a provider sets it, its credentials are cached until shortly before this time.

    Raises:
        CredentialsError: if an argument is invalid.
    """

    __slots__ = ()
    __match_args__ = ("access_key_id", "secret_access_key", "session_token", "expires_at")
    shown = frozenset({"access_key_id", "expires_at"})

    def __init__(
        self,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        access_key_id, secret_access_key = mask(access_key_id), mask(secret_access_key)
        session_token = mask(session_token) or None
        for name, value in (
            ("access_key_id", access_key_id),
            ("secret_access_key", secret_access_key),
            ("session_token", session_token or "-"),
        ):
            # These values are sent in headers, where a line break would begin another header.
            if not _is_header_text(opened(value)):
                raise CredentialsError(f"{name} must be non-empty printable ASCII without spaces")
        if expires_at is not None and not (isinstance(expires_at, datetime) and expires_at.tzinfo is not None):
            raise CredentialsError("expires_at must be an aware datetime, such as datetime.now(timezone.utc)")
        token = None if session_token is None else MaskedStr(opened(session_token))
        super().__init__(opened(access_key_id), MaskedStr(opened(secret_access_key)), token, expires_at)

    @property
    def access_key_id(self) -> str:
        """The id of the key."""
        return str(self._value("access_key_id"))

    @property
    def secret_access_key(self) -> str:
        """The secret of the key."""
        return cast("str", self._value("secret_access_key"))

    @property
    def session_token(self) -> str | None:
        """The token of temporary credentials; `None` for permanent ones."""
        return cast("str | None", self._value("session_token"))

    @property
    def expires_at(self) -> datetime | None:
        """The time at which the credentials expire; `None` if they do not expire, or if the time is unknown."""
        return cast("datetime | None", self._value("expires_at"))


def _is_header_text(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != "" and " " not in value


CredentialsProvider = Callable[[], Awaitable[Credentials]]


class StaticCredentials:
    """A provider of fixed credentials. It never waits, so callers need no time limit."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Credentials) -> None:
        self._answer = answer

    async def __call__(self) -> Credentials:
        return self._answer
