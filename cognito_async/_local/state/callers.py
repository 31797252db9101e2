"""The caller of an operation, as triggers see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ..wire.requests import Request
from .pools import Pool
from .trigger_events import Origin

# The client id that triggers receive for calls without an app client.
NO_CLIENT: Final = "CLIENT_ID_NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Caller:
    """The app client or administrator that makes a call. `metadata` is the call's `ClientMetadata`, for triggers."""

    pool: Pool
    client_id: str
    metadata: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, pool: Pool, client_id: str, request: Request) -> Caller:
        return cls(pool, client_id, request.get("ClientMetadata", {}))

    @property
    def origin(self) -> Origin:
        return self.pool.origin(self.client_id)
