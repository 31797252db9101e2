"""What a flow is given: the app client, one sign-in, one open challenge."""

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

# The service's model, by which every request is checked, allows no shorter one.
_SHORTEST_SESSION = 20


class HasSession(Protocol):
    """A reply that may bring a `Session`."""

    @property
    def session(self) -> str | None: ...


@value_class
class AppClient:
    """One app client of one user pool, as every request names it."""

    user_pool_id: str
    client_id: str
    client_secret: Secret[str] | None = None

    @property
    def pool_name(self) -> str:
        """The part of the user pool id after the first `_`: the context of its SRP."""
        return self.user_pool_id.partition("_")[2]

    @property
    def binding(self) -> tuple[str, str]:
        """What states and stored records are bound to."""
        return self.user_pool_id, self.client_id

    def secret_hash(self, username: str) -> Secret[str] | None:
        """SECRET_HASH for a request that carries this user name; `None` for a public client."""
        return None if self.client_secret is None else masked_secret_hash(username, self.client_id, self.client_secret)

    def with_secret_hash(self, parameters: Texts) -> Texts:
        """`AuthParameters` or `ChallengeResponses`, with SECRET_HASH for their own USERNAME where there is a secret."""
        digest = self.secret_hash(opened(parameters["USERNAME"]))
        return parameters if digest is None else {**parameters, "SECRET_HASH": digest}


@value_class
class CallerContext:
    """What the caller passes along with every request of one flow."""

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
    """One sign-in under way. The password and the handshakes are held only while a proof may be asked for.

    `device` is what this program is to the user, as far as it was asked for; `stale_device` what it was until
    the service said that there is no such device. With `by_admin` the calls are an administrator's, and are signed.
    """

    client: AppClient
    username: str
    now: Callable[[], datetime]
    caller: CallerContext = field(default_factory=CallerContext)
    handshake: tuple[SrpClient, Secret[str]] | None = None
    device: DeviceSecret | None = None
    device_handshake: SrpClient | None = None
    stale_device: DeviceSecret | None = None
    by_admin: bool = False

    def take_handshake(self) -> tuple[SrpClient, Secret[str]]:
        """The handshake, once: a second proof with the same `a` would belong to no request of ours."""
        if self.handshake is None:
            raise UnexpectedChallenge("the service asks for a password proof that no step of this sign-in began")
        handshake, self.handshake = self.handshake, None
        return handshake

    def take_device_handshake(self) -> SrpClient:
        """The device's handshake, once."""
        if self.device_handshake is None:
            raise UnexpectedChallenge("the service asks for a device proof that no step of this sign-in began")
        handshake, self.device_handshake = self.device_handshake, None
        return handshake


@value_class
class PendingChallenge:
    """A challenge as the service put it, with the newest `Session` and the user name to answer under."""

    name: str
    username: str
    session: Secret[str] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    available: tuple[str, ...] = ()

    def secret_parameter(self, name: str) -> Secret[str]:
        """A parameter that must not show, because a server may have made it of a request; empty where there is none."""
        return Secret(self.parameters.get(name, ""))

    def after(self, session: Secret[str] | None) -> PendingChallenge:
        """The same challenge with the newest `Session`; the one that stands where a reply brought none."""
        return replace(self, session=session or self.session)


def open_session(reply: HasSession) -> Secret[str] | None:
    """The `Session` of a reply, as it must be sent; `None` where the reply brought none."""
    session = Secret.maybe(reply.session or None)
    if session is not None and len(session.reveal()) < _SHORTEST_SESSION:
        raise InvalidReply("the Session of the reply is too short to be one: no answer could carry it")
    return session
