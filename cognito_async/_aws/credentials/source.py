"""What a source of credentials is, and how credentials are read out of what one answers."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..._core.redact import mask
from ..._core.secret import Secret, opened
from ..identity import Credentials


class Absent:
    """A source has no credentials, which is no failure: the next one may have some."""

    def __init__(self, why: str) -> None:
        self.why = why


class Source(ABC):
    """A place where credentials may be. Called, it is a `CredentialsProvider` that looks anew each time."""

    # Seconds for which credentials are kept that do not say when they end.
    lasting: ClassVar[float] = 15 * 60.0

    @abstractmethod
    async def look(self, clock: Clock) -> Credentials | Absent:
        """Look there now.

        Raises:
            CredentialsError: when credentials should be there, and cannot be had.
        """

    def at_hand(self) -> Credentials | None:
        """What the source has without any waiting, file or network."""
        return None

    async def __call__(self) -> Credentials:
        return found(await self.look(Clock()))


def found(outcome: Credentials | Absent) -> Credentials:
    """The credentials, or the error that there are none."""
    if isinstance(outcome, Absent):
        raise CredentialsError(f"there are no AWS credentials: {outcome.why}")
    return outcome


def fields_of_json(body: Secret[bytes]) -> Mapping[str, Any]:
    """The members of a JSON object; none for anything else."""
    with suppress(ValueError, RecursionError):
        value: object = json.loads(body.reveal())
        if isinstance(value, dict):
            return mask(cast("dict[str, Any]", value))
    return {}


def read_credentials(where: str, fields: Mapping[str, Any]) -> Credentials:
    """Credentials under AWS's names.

    Raises:
        CredentialsError: when they are not there, or cannot be right.
    """
    fields = mask(fields)
    key_id, expiration = fields.get("AccessKeyId"), fields.get("Expiration")
    try:
        expires_at = None if expiration is None else _moment(expiration)
        # The id is no secret: it shows.
        return Credentials(
            f"{opened(key_id) or ''}", fields.get("SecretAccessKey", ""), fields.get("Token"), expires_at
        )
    except CredentialsError as error:
        problem = error.message
    raise CredentialsError(f"{where} gave no usable credentials: {problem}")


def _moment(text: object) -> datetime:
    with suppress(ValueError, TypeError):
        moment = datetime.fromisoformat(opened(text))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise CredentialsError("Expiration is no moment in time")
