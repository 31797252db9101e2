"""A sign-in, from its first call through all challenges to its tokens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
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
        device: the remembered device that the caller passed. It becomes `None` when the service refuses the device.
        typed: the name that the user typed.
        event: the name of the event that reports the end of the sign-in.
        by_admin: whether an administrator makes the calls, signed with AWS credentials.
    """

    users: Users
    registry: SessionRegistry | None = None
    device: DeviceSecret | None = None
    typed: str | None = None
    event: EventName = "sign_in"
    by_admin: bool = False

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
            sign_in = SignIn(client.app_client, username, client.now, caller, by_admin=self.by_admin)
            deadline = client.deadline(call.timeout)
            if self.by_admin:
                await preload((admin_sign_in,), deadline)
            try:
                outcome = await client.run(start(sign_in), deadline, self._known_device)
            finally:
                if sign_in.stale_device is not None:
                    await self._forget(sign_in.stale_device)
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
        # The device may belong to another user, because an alias can move from one user to another.
        session.device = done.device if done.device is not None and done.device.username == session.username else None
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
        if session.device is not None:
            with suppress(Exception):  # the sign-in succeeds anyway, and the next one registers a new device
                await registry.devices.save(session.device, self.typed)

    async def _known_device(self, username: str) -> DeviceSecret | None:
        if self.device is not None:
            return self.device if username in (self.device.username, self.typed) else None
        return await self.registry.devices.find(username) if self.registry is not None else None

    async def _forget(self, stale: DeviceSecret) -> None:
        if stale is self.device:
            self.device = None
        if self.registry is not None:
            with suppress(Exception):  # an error of the service is more useful than one of the store
                await self.registry.devices.forget(stale.username, stale.key)
