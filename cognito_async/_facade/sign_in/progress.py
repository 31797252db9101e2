"""A sign-in from its first call to its tokens, whatever the service asks for in between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..._client.pool_client import Engine
from ..._client.service_client import CallOptions
from ..._core.redact import Masked, mask
from ..._flows.context import PendingChallenge, SignIn
from ..._flows.protocol import Done, Flow, Outcome
from ..._session.registry import Keeper
from ..._session.sign_out import done_in_store
from ..._tokens import states
from ..._tokens.device import DeviceSecret
from .. import results, users
from ..events import EventName, Telling
from ..user.user import CognitoUser
from .kinds import KINDS, AnyChallenge, UnknownChallenge


@dataclass(slots=True, eq=False, repr=False)
class Progress:
    """What the steps of one sign-in have in common, beside the `Session`.

    `device` is what the caller says that this program is to the user, until the service says that it is not;
    `typed` the name as it was typed. With a keeper the device is found in its store, and how it ends is told
    as `event`. With `by_admin` an administrator makes the calls.
    """

    engine: Engine
    keeper: Keeper | None = None
    device: DeviceSecret | None = None
    typed: str | None = None
    event: EventName = "sign_in"
    by_admin: bool = False

    async def go_on(
        self, username: str, start: Callable[[SignIn], Flow[Outcome]], call: CallOptions
    ) -> results.SignInResult:
        """Run a sign-in, or the rest of one, and say where it stands."""
        events = self.keeper.events if self.keeper is not None else None
        with Telling(events, self.event, users.named(self.engine, username)) as telling:
            result = await self._go_on(username, start, call, telling)
            telling.user = result.user
            telling.over = result.signed_in
            return result

    async def _go_on(
        self, username: str, start: Callable[[SignIn], Flow[Outcome]], call: CallOptions, telling: Telling
    ) -> results.SignInResult:
        engine = self.engine
        caller, now = engine.caller(call.client_metadata, call.user_context), engine.shared.pipeline.service_time.now
        sign_in = SignIn(engine.client, username, now, caller, by_admin=self.by_admin)
        try:
            outcome = await engine.run(start(sign_in), engine.deadline(call.timeout), self._known_device)
        finally:
            if sign_in.stale_device is not None:
                await self._forget(sign_in.stale_device)
        if isinstance(outcome, Done):
            return await self._signed_in(outcome, telling)
        pending = outcome.challenge
        return results.SignInResult(user=users.named(engine, pending.username), challenge=self.challenge(pending))

    def challenge(self, pending: PendingChallenge) -> AnyChallenge:
        """The typed value for a challenge."""
        return KINDS.get(pending.name, UnknownChallenge)(self, pending)

    def resumed(self, state: str, key: str | bytes | None) -> AnyChallenge:
        """A challenge from its state."""
        state, key = mask(state), mask(key)
        kept = states.unpack(state, states.ChallengeState, self.engine.client.binding, key)
        return self.challenge(
            PendingChallenge(
                name=kept.name,
                username=kept.username,
                session=Masked(kept.session) if kept.session is not None else None,
                parameters=kept.parameters,
                available=kept.available,
            )
        )

    async def _signed_in(self, done: Done, telling: Telling) -> results.SignInResult:
        user = users.signed_in(self.engine, done.username, done.tokens, self.keeper)
        device = done.device if done.device is not None and done.device.username == user.username else None
        user._device = device  # an alias may have been somebody else's before
        if self.keeper is not None:
            keeper = self.keeper
            failure = await done_in_store(lambda: self._kept(keeper, user, telling))
            if failure is not None:
                user._keeper = None
                await user.sign_out()  # a session that cannot be kept is not left open at the service
                raise failure from None
        return results.SignInResult(user=user)

    async def _kept(self, keeper: Keeper, user: CognitoUser, telling: Telling) -> None:
        """Done to its end, cancelled or not: half of it in the store would be neither a sign-in nor none."""
        await keeper.signed_in(user)
        telling.user, telling.happened = user, True
        if user.device_secret is not None:
            with suppress(Exception):  # the sign-in stands without it, and the next one makes a device anew
                await keeper.devices.keep(user.device_secret, self.typed)

    async def _known_device(self, username: str) -> DeviceSecret | None:
        if self.device is not None:
            return self.device if username in (self.device.username, self.typed) else None
        return await self.keeper.devices.find(username) if self.keeper is not None else None

    async def _forget(self, stale: DeviceSecret) -> None:
        if stale is self.device:
            self.device = None
        if self.keeper is not None:
            with suppress(Exception):  # what the service says matters more; kept, it is found stale once more
                await self.keeper.devices.forget(stale.username, stale.key)
