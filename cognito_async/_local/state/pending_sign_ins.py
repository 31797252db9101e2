"""Sign-ins that are not complete: each waits for the answer to a challenge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..settings.client import AppClientSettings
from .callers import Caller
from .entities import Device, SoftwareToken, User
from .pools import Pool
from .trigger_events import TokenSource


@dataclass(slots=True, eq=False)
class PendingSignIn:
    """A sign-in that waits for the answer to a challenge. The client's `Session` contains its id, encrypted.

    `user` is `None` if the user does not exist and the client must not learn that; `name` is then a fake username.
    `typed` is the name in the first call, such as an alias. `proven` are the factors that the user has proved: values
    of RFC 8176, or `dev` for a device. Each field below `metadata` belongs to one kind of challenge.
    """

    pool: Pool
    client: AppClientSettings
    user: User | None
    name: str
    typed: str
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
    destination: str | None = None
    software_token: SoftwareToken | None = None
    email: str | None = None
    handshake: tuple[int, int, int] | None = field(default=None, repr=False)
    srp_a: int | None = None
    # Some triggers keep the right answer in a round's metadata.
    rounds: list[dict[str, Any]] | None = field(default=None, repr=False)
    private_parameters: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def caller(self) -> Caller:
        """Return the app client as a caller, with the metadata of the current call."""
        return Caller(self.pool, self.client.id, self.metadata)


def auth_round(challenge: str, *, succeeded: bool, metadata: str | None = None) -> dict[str, Any]:
    """Return an entry of `session`, the rounds of CUSTOM_AUTH that its triggers get."""
    return {"challengeName": challenge, "challengeResult": succeeded, "challengeMetadata": metadata}
