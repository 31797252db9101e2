"""AWS credentials for signed operations. Their sources are in the package `credentials`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._core.errors import CredentialsError
from .._core.redact import mask
from .._core.secret import MASK, MaskedStr, opened


@dataclass(frozen=True, slots=True, init=False)
class Credentials:
    """AWS credentials. Pass them as `credentials=` to call the operations that only an AWS identity may call.

    Args:
        access_key_id: the id of the key, such as `AKIA…`.
        secret_access_key: the secret of the key; never shown.
        session_token: the token of temporary credentials; never shown; `None` for permanent ones.
        expires_at: the time at which the credentials expire, with a time zone; `None` if they do not expire, or if the
            time is unknown. If a provider sets it, its credentials are cached until shortly before this time.

    Raises:
        CredentialsError: if an argument is invalid.
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
        object.__setattr__(self, "secret_access_key", _public(secret_access_key))
        object.__setattr__(self, "session_token", _public(session_token))
        object.__setattr__(self, "expires_at", expires_at)
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

    def __repr__(self) -> str:
        token = None if self.session_token is None else MASK
        return (
            f"Credentials(access_key_id={self.access_key_id!r}, secret_access_key={MASK}, session_token={token}, "
            f"expires_at={self.expires_at!r})"
        )

    def __copy__(self) -> Credentials:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Credentials:
        return self

    def __reduce__(self) -> str:
        raise TypeError("AWS credentials cannot be pickled, because they hold secrets")


def _public(value: Any) -> Any:
    return MaskedStr(opened(value)) if isinstance(opened(value), str) else opened(value)


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
