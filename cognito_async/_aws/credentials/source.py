"""The base class of all sources of credentials, and the parsing of their replies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..._core.outside import parse_object
from ..._core.redact import mask
from ..._core.secret import Secret, opened
from ..identity import Credentials


class NoCredentials:
    """The outcome of a source that has no credentials. It is not a failure: the next source may have some."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Source(ABC):
    """A place that may have credentials. Used as a `CredentialsProvider`, it loads them at each call."""

    # Cache time, in seconds, of credentials without an expiry.
    cache_seconds: ClassVar[float] = 15 * 60.0

    @abstractmethod
    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        """Load the credentials now, without a cache.

        Raises:
            CredentialsError: if the source is configured, but fails.
        """

    def load_nowait(self) -> Credentials | None:
        """Return the credentials if this needs no waiting, file or network; otherwise return `None`."""
        return None

    async def __call__(self) -> Credentials:
        return require_credentials(await self.load(Clock()))


def require_credentials(outcome: Credentials | NoCredentials) -> Credentials:
    """Return the credentials in a source's outcome.

    Raises:
        CredentialsError: if the source has no credentials.
    """
    if isinstance(outcome, NoCredentials):
        raise CredentialsError(f"there are no AWS credentials: {outcome.reason}")
    return outcome


def fields_of_json(body: bytes) -> Mapping[str, Any]:
    """Return the members of a JSON object, masked; none if the body is not a JSON object."""
    return mask(parse_object(body) or {})


def read_credentials(where: str, fields: Mapping[str, Any]) -> Credentials:
    """Return the credentials in `fields`, which have AWS's names. `where` names the source in error messages.

    Raises:
        CredentialsError: if a field is missing or malformed.
    """
    fields = mask(fields)
    key_id, expiration = Secret.of(fields.get("AccessKeyId")), fields.get("Expiration")
    try:
        expires_at = None if expiration is None else _parse_time(expiration)
        return Credentials(key_id.reveal() or "", fields.get("SecretAccessKey", ""), fields.get("Token"), expires_at)
    except CredentialsError as error:
        problem = error.message
    raise CredentialsError(f"{where} gave no usable credentials: {problem}")


def _parse_time(text: object) -> datetime:
    with suppress(ValueError, TypeError):
        moment = datetime.fromisoformat(opened(text))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise CredentialsError("Expiration must be a time, such as 2030-01-31T12:00:00Z")
