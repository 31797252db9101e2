"""A sign-in, from its first call through all challenges to its tokens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..._aws._generated import admin_sign_in
from ..._client.call_options import CallOptions
from ..._client.pool_client import PoolClient
from ..._core.concurrency.shield import shielded
from ..._core.lazy import preload
from ..._core.secret import Secret
from ..._flows.context import PendingChallenge, SignIn
from ..._flows.protocol import Done, Flow, Outcome
from ..._session.registry import SessionRegistry
from ..._session.sign_out import sign_out
from ..._session.user_session import UserSession
from ..._tokens import states
from ..._tokens.device import DeviceSecret
from ..events import EventName, EventScope
from ..users import Users
from . import results
from .kinds import CHALLENGE_TYPES, AnyChallenge, UnknownChallenge


@dataclass(slots=True, eq=False, repr=False)
class SignInContext:
    """The state that all steps of one sign-in share, besides the `Session`.

    Attributes:
        users: creates the user who signs in.
        registry: stores the session and the device; `None` unless an `Auth` signs the user in.
        device: the remembered device that the caller passed.
        typed: the name that the user typed.
        event: the name of the event that reports the end of the sign-in.
        by_admin: whether an administrator makes the calls, signed with AWS credentials.
        refused: the keys of devices that the service does not know for this user.
    """

    users: Users
    registry: SessionRegistry | None = None
    device: DeviceSecret | None = None
    typed: str | None = None
    event: EventName = "sign_in"
    by_admin: bool = False
    refused: set[str] = field(default_factory=set[str])

    @property
    def client(self) -> PoolClient:
        """Return the client that makes the calls."""
        return self.users.sessions.client

    async def run(
        self, username: str, start: Callable[[SignIn], Flow[Outcome]], call: CallOptions
    ) -> results.SignInResult:
        """Run the first or the next step of a sign-in, and return its result."""
        client = self.client
        with self.users.event(self.event, username) as event:
            caller = client.caller(call.client_metadata, call.user_context)
            sign_in = SignIn(
                client.app_client, username, client.now, caller, by_admin=self.by_admin, refused=self.refused
            )
            deadline = client.deadline(call.timeout)
            if self.by_admin:
                await preload((admin_sign_in,), deadline)
            try:
                outcome = await client.run(start(sign_in), deadline, self._find_device)
            finally:
                await self._forget_refused(sign_in)
            if isinstance(outcome, Done):
                event.user = user = self.users.of(await self._signed_in(outcome, event))
                return results.SignInResult(user=user)
            event.is_complete = False
            pending = outcome.challenge
            return results.SignInResult(user=self.users.named(pending.username), challenge=self.challenge(pending))

    def challenge(self, pending: PendingChallenge) -> AnyChallenge:
        """Return the public object for a challenge."""
        return CHALLENGE_TYPES.get(pending.name, UnknownChallenge)(self, pending)

    def resume(self, state: Secret[str], key: Secret[Any] | None) -> AnyChallenge:
        """Return a challenge from the string that `to_state` returned."""
        found = states.unpack(state, states.ChallengeState, self.client.app_client.binding, key)
        self.typed = found.typed
        self.refused.update(found.refused)
        return self.challenge(
            PendingChallenge(
                name=found.name,
                username=found.username,
                session=found.session,
                parameters=found.parameters,
                available=found.available,
            )
        )

    async def _signed_in(self, done: Done, event: EventScope) -> UserSession:
        session = self.users.sessions.signed_in(done.username, done.tokens, self.registry)
        session.device = self._device_of(session.username, done.device)
        if self.registry is not None:
            registry = self.registry
            try:
                await shielded(lambda: self._save(registry, session, event))
            except Exception:
                session.registry = None
                # If a session cannot be stored, end it at the service too. Otherwise it would stay open there, unused.
                await sign_out(session, self.client.deadline(), everywhere=False)
                raise
        return session

    async def _save(self, registry: SessionRegistry, session: UserSession, event: EventScope) -> None:
        """Save the session and the device. The caller shields this, so that a store never holds half a sign-in."""
        await registry.add(session)
        event.user, event.is_committed = self.users.of(session), True
        with suppress(Exception):  # the sign-in succeeds anyway, and the next one registers a new device
            session.device = await registry.devices.keep(session.username, session.device, self.typed, self.refused)

    def _device_of(self, username: str, used: DeviceSecret | None) -> DeviceSecret | None:
        """Return the device that the sign-in has used, or else the one that the caller passed.

        Ignore a device of another user: an alias can move from one user to another.
        """
        for device in (used, self.device):
            if device is not None and device.username == username and device.key not in self.refused:
                return device
        return None

    async def _find_device(self, name: str) -> DeviceSecret | None:
        """Return the device that belongs to this name. It may be another user's, and then the service refuses it."""
        given = self.device
        if given is not None and given.key not in self.refused and _is_spelling(name, given.username, self.typed):
            return given
        return await self.registry.devices.find(name) if self.registry is not None else None

    async def _forget_refused(self, sign_in: SignIn) -> None:
        """Delete the refused devices from the store.

        A device that was found by an alias may be another user's, and must stay. Therefore this deletes only a device
        that is stored under the name of this user, and a device whose key the service has accepted before the proof.
        """
        if self.registry is None:
            return
        devices, disproved = self.registry.devices, sign_in.disproved
        with suppress(Exception):  # an error of the service is more useful than one of the store
            for key in tuple(self.refused):
                await devices.forget(sign_in.username, key)
            if disproved is not None:
                await devices.forget(disproved.username, disproved.key)


def _is_spelling(name: str, *names: str | None) -> bool:
    """Return whether this is one of the names. Ignore case, because most user pools do."""
    return name.casefold() in [each.casefold() for each in names if each is not None]
