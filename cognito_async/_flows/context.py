"""The arguments of flows: the app client, a sign-in in progress, an open challenge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from .._aws._generated import common
from .._core.errors import InvalidReply, UnexpectedChallenge
from .._core.options import UserContext
from .._core.secret import Secret, Texts, opened
from .._core.value_class import value_class
from .._crypto.secret_hash import masked_secret_hash
from .._crypto.srp import SrpClient
from .._tokens.device import DeviceSecret

# A request with a shorter `Session` is invalid by the service's model.
_SHORTEST_SESSION = 20


class HasSession(Protocol):
    """A reply that may contain a `Session`."""

    @property
    def session(self) -> str | None: ...


@value_class
class AppClient:
    """One app client of one user pool, which every request names."""

    user_pool_id: str
    client_id: str
    client_secret: Secret[str] | None = None

    @property
    def pool_name(self) -> str:
        """Return the part of the user pool id after the first `_`, which is an input of the SRP proof."""
        return self.user_pool_id.partition("_")[2]

    @property
    def binding(self) -> tuple[str, str]:
        """Return the ids that states and stored records are bound to."""
        return self.user_pool_id, self.client_id

    def secret_hash(self, username: str) -> Secret[str] | None:
        """Return the SECRET_HASH of a request with this username; `None` if the app client has no secret."""
        return None if self.client_secret is None else masked_secret_hash(username, self.client_id, self.client_secret)

    def with_secret_hash(self, parameters: Texts) -> Texts:
        """Return these parameters or responses with the SECRET_HASH of their USERNAME, if the client has a secret."""
        digest = self.secret_hash(opened(parameters["USERNAME"]))
        return parameters if digest is None else {**parameters, "SECRET_HASH": digest}


@value_class
class CallerContext:
    """The metadata and user context that every request of one flow carries."""

    client_metadata: Mapping[str, str] | None = None
    user_context: UserContext | None = None

    @property
    def metadata(self) -> dict[str, str] | None:
        return dict(self.client_metadata) if self.client_metadata is not None else None

    @property
    def user_context_data(self) -> common.UserContextDataType | None:
        if self.user_context is None:
            return None
        return common.UserContextDataType(
            ip_address=self.user_context.ip_address, encoded_data=self.user_context.encoded_data
        )


@dataclass(slots=True, eq=False, repr=False)
class SignIn:
    """One sign-in in progress. It holds the password and the handshakes only while the service may ask for a proof.

    Attributes:
        handshake: the open SRP exchange of the password, and the password.
        device: the device that this sign-in names to the service; `None` if there is none, or the service refused it.
        device_handshake: the open SRP exchange of the device.
        refused: the keys of devices that the service does not know for this user. They are not sent again.
        disproved: the device whose proof the service has refused.
        by_admin: whether an administrator signs the user in, by calls signed with AWS credentials.
    """

    client: AppClient
    username: str
    now: Callable[[], datetime]
    caller: CallerContext = field(default_factory=CallerContext)
    handshake: tuple[SrpClient, Secret[str]] | None = None
    device: DeviceSecret | None = None
    device_handshake: SrpClient | None = None
    refused: set[str] = field(default_factory=set[str])
    disproved: DeviceSecret | None = None
    by_admin: bool = False

    def take_handshake(self) -> tuple[SrpClient, Secret[str]]:
        """Return the handshake and remove it, because each SRP_A is for one proof only.

        Raises:
            UnexpectedChallenge: if there is no handshake.
        """
        if self.handshake is None:
            raise UnexpectedChallenge(
                "the service asks for a password proof, but this sign-in has no open SRP exchange"
            )
        handshake, self.handshake = self.handshake, None
        return handshake

    def take_device_handshake(self) -> SrpClient:
        """Return the device's handshake and remove it, as `take_handshake` does.

        Raises:
            UnexpectedChallenge: if there is no handshake.
        """
        if self.device_handshake is None:
            raise UnexpectedChallenge("the service asks for a device proof, but this sign-in has no open SRP exchange")
        handshake, self.device_handshake = self.device_handshake, None
        return handshake


@value_class
class PendingChallenge:
    """A challenge that the service has issued, with the newest `Session` and the username for the answer."""

    name: str
    username: str
    session: Secret[str] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    available: tuple[str, ...] = ()

    def secret_parameter(self, name: str) -> Secret[str]:
        """Return a parameter as a secret, because a server may have echoed a request in it; empty if it is absent."""
        return Secret(self.parameters.get(name, ""))

    def after(self, session: Secret[str] | None) -> PendingChallenge:
        """Return the same challenge with a newer `Session`; if `session` is `None`, with the one it has."""
        return replace(self, session=session or self.session)


def open_session(reply: HasSession) -> Secret[str] | None:
    """Return the `Session` of a reply; `None` if it has none.

    Raises:
        InvalidReply: if the `Session` is too short for the next request.
    """
    session = Secret.maybe(reply.session or None)
    if session is not None and len(session.reveal()) < _SHORTEST_SESSION:
        raise InvalidReply(
            f"the reply's Session is shorter than {_SHORTEST_SESSION} characters, so it cannot be sent back"
        )
    return session
