"""Sign-ins under way, each at one of its challenges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .callers import Caller
from .entities import Device, SoftwareToken, User
from .pools import Pool
from .settings import AppClientSettings
from .trigger_events import TokenSource


@dataclass(slots=True, eq=False)
class PendingSignIn:
    """A sign-in at one of its challenges. The client holds its handle, encrypted in the `Session`.

    `user` is `None` for an unknown user, if the client must not learn that; `name` is then the fake one.
    `proven` are the factors so far, in the words of RFC 8176. Each member below `metadata` belongs to one kind of
    challenge.
    """

    pool: Pool
    client: AppClientSettings
    user: User | None
    name: str
    challenge: str = ""
    ends: float = 0.0
    used: bool = False
    proven: tuple[str, ...] = ()
    acr: str | None = None
    device: Device | None = None
    trigger_source: TokenSource = "TokenGeneration_Authentication"
    metadata: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    available: tuple[str, ...] = ()
    code: str | None = field(default=None, repr=False)
    software_token: SoftwareToken | None = None
    email: str | None = None
    handshake: tuple[int, int, int] | None = field(default=None, repr=False)
    srp_a: int | None = None
    rounds: list[dict[str, Any]] | None = None
    private_parameters: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def caller(self) -> Caller:
        """Return the app client as a caller, with the metadata of the current call."""
        return Caller(self.pool, self.client.id, self.metadata)
