"""The signed-in half of a user: tokens that stay valid, and the way to make a call with them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from ..._aws._generated.errors import NotAuthorizedException
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.clock import Deadline
from ..._core.errors import ConfigurationError, NotSignedIn, SessionError, SessionExpired
from ..._core.options import UserContext
from ..._core.redact import mask
from ..._core.single_flight import refresh_key
from ..._flows.context import CallerContext
from ..._flows.protocol import Flow
from ..._session.refresh import renew
from ..._session.sign_out import end, finish
from ..._tokens import states
from ..._tokens.claims import text_claim
from ..._tokens.device import DeviceSecret
from ..._tokens.freshness import Freshness
from .. import results
from ..events import EventName, Telling

if TYPE_CHECKING:
    from ..._client.pool_client import Engine
    from ..._session.registry import Keeper
    from .user import CognitoUser

T = TypeVar("T")

# `keep_fresh` looks at the clock so often: a machine that was asleep, or whose clock was set, is soon noticed.
_LONGEST_SLEEP, _SHORTEST_SLEEP = 60.0, 5.0
_random = secrets.SystemRandom()


class SignedIn:
    """Base of `CognitoUser`: what it is to be signed in, or not yet.

    `_unsaved` is what the store has in the place of these tokens, if they could not be saved.
    """

    __slots__ = (
        "__weakref__",
        "_device",
        "_engine",
        "_freshness",
        "_keeper",
        "_sub",
        "_tokens",
        "_unsaved",
        "_username",
    )

    def __init__(self, username: str, sub: str | None = None) -> None:
        self._username = username
        self._sub = sub
        self._engine: Engine | None = None
        self._keeper: Keeper | None = None
        self._tokens: results.Tokens | None = None
        self._unsaved: results.Tokens | None = None
        self._freshness: Freshness | None = None
        self._device: DeviceSecret | None = None

    @property
    def username(self) -> str:
        """The user's name at the user pool."""
        return self._username

    @property
    def sub(self) -> str | None:
        """The user's unchanging id, or `None` where nothing has told it."""
        return self._sub

    @property
    def signed_in(self) -> bool:
        """Whether there are tokens here; they may have expired or been revoked since."""
        return self._tokens is not None

    @property
    def tokens(self) -> results.Tokens:
        """The tokens as they are, fresh or not.

        Raises:
            NotSignedIn: while there are none.
        """
        if self._tokens is None:
            raise NotSignedIn("this user is not signed in: call sign_in first")
        return self._tokens

    @property
    def device_secret(self) -> DeviceSecret | None:
        """What the next sign-in here needs to be this remembered device again; `None` where the pool tracks none."""
        return self._device

    async def session(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.Tokens:
        """Get valid tokens, whenever you need some: those that are here, or new ones if these end soon.

        They are renewed in the last minutes of their life (of an hour's: between five and one, at a moment
        drawn by lot), judged by the service's clock as far as its replies have told it. Whoever asks meanwhile
        shares the one request, and what a store keeps is written before anybody has it. Where another process has
        renewed the session in a shared store, its tokens are taken over.

        A failure on the way (network, throttling, the store) is no sign-out: while the access token is valid it is
        returned, and the renewal tried again a little later.

        Args:
            client_metadata: for the pre-token-generation trigger, if the tokens are renewed.
            user_context: sent by REFRESH_TOKEN_AUTH alone, as for `refresh`.

        Raises:
            NotSignedIn: while there are no tokens.
            SessionExpired: the service, or another program, has ended the session, and the user is not signed in any
                more; or the access token is over and there is nothing to renew it with: sign in again.
            TransportError, ServiceError, StoreError: there are no valid tokens now; the session stands.

        Source: GetTokensFromRefreshToken; InitiateAuth with REFRESH_TOKEN_AUTH where a server lacks it.
        """
        engine, tokens = self._connected(), self.tokens
        if tokens.refresh_token is None and self._fresh(tokens).is_over(engine.now()):
            raise SessionExpired("the access token has expired, and there is no refresh token: sign in again")
        caller = engine.caller(client_metadata, user_context)
        return self._still(await self._valid(engine, tokens, caller, engine.deadline(timeout)))

    async def refresh(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.Tokens:
        """Get new tokens now, although the old ones are good: after attributes or groups have changed.

        A refresh is never torn: cancelled or not, tokens that the service gave out are kept. The old
        refresh token stays where the service gives no new one. `user_context` is sent by REFRESH_TOKEN_AUTH
        alone: GetTokensFromRefreshToken has no place for it.

        Raises:
            NotSignedIn: while there are no tokens, or the user signs out meanwhile.
            SessionExpired: there is no refresh token, or the service refuses it; in that case the user is not
                signed in any more.
            TransportError, ServiceError, StoreError: the session stands, and the call may be made again.

        Source: GetTokensFromRefreshToken; InitiateAuth with REFRESH_TOKEN_AUTH where a server lacks it.
        """
        engine, tokens = self._connected(), self.tokens
        caller = engine.caller(client_metadata, user_context)
        return self._still(await renew(self, tokens, caller, engine.deadline(timeout), forced=True))

    async def keep_fresh(self) -> None:
        """Run this in a task group of yours to have the tokens renewed ahead of time, whether or not anybody asks.

        It returns when the session is over or there is nothing to renew it with, and goes on through failures:
        `session()` says what is wrong. A program that only calls `session()` needs no such task; in a
        service, with a session for each of many people, it would only keep the service busy.
        """
        engine = self._connected()
        while (tokens := self._tokens) is not None and tokens.refresh_token is not None:
            due = self._fresh(tokens).due
            wait = (due - engine.now()).total_seconds() if due is not None else _LONGEST_SLEEP
            floor = _random.uniform(_SHORTEST_SLEEP, 2 * _SHORTEST_SLEEP)
            await engine.shared.clock.sleep(min(max(wait, floor), _LONGEST_SLEEP))
            try:
                await self.session()
            except SessionError:
                return
            except Exception:  # noqa: BLE001, S112 - whoever asks for the session is told; here it is tried again
                continue

    async def sign_out(
        self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> results.SignOutResult:
        """End the session: here in any case, and at the service as far as it can be reached.

        Never raises for what the service or the network says; that is told in the result. An error of the
        store is raised, after the session has been ended at the service; the next call tries to remove it again.

        Args:
            global_: end all of the user's sessions, not this one alone. An expired access token is
                renewed first, if that can be done.
            timeout: seconds for everything together; a store that hangs may add its ten.

        Source: RevokeToken; GlobalSignOut.
        """
        if self._tokens is None or self._engine is None:
            await finish(self)
            if self._engine is not None:
                await self._engine.ready()
            return results.SignOutResult(remote="none")
        return await end(self, self._engine, self._engine.deadline(timeout), everywhere=global_)

    def to_state(self, key: str | bytes | None = None) -> str:
        """Write the session as a text, to go on with it elsewhere by `pool.user_from_state(text, key)`.

        Args:
            key: random text or bytes, 32 or more: the state is then encrypted, and others may
                hold it; with three tokens inside it is longer than the 4,096 bytes of a cookie.
                Without a key it holds the tokens in the clear.

        Raises:
            NotSignedIn: while there are no tokens.
            ConfigurationError: when the key is too short, or this user belongs to no pool.
        """
        key = mask(key)
        state = states.UserState(username=self._username, sub=self._sub, tokens=self.tokens)
        return states.pack(state, self._connected().client.binding, key)

    async def _with_access_token(
        self, flow: Callable[[str], Flow[T]], timeout: float | None | NotGiven = NOT_GIVEN
    ) -> T:
        """Run a flow that needs an access token; one that ends soon is renewed first."""
        engine = self._connected()
        deadline = engine.deadline(timeout)
        tokens = await self._valid(engine, self.tokens, engine.caller(), deadline)
        try:
            return await engine.run(flow(mask(tokens.access_token)), deadline)
        except NotAuthorizedException:
            # The refusal came with the service's time: by a clock that was wrong until now they looked good.
            if (
                self._tokens is not tokens
                or tokens.refresh_token is None
                or not self._fresh(tokens).is_over(engine.now())
            ):
                raise
        tokens = await self._valid(engine, tokens, engine.caller(), deadline)
        return await engine.run(flow(mask(tokens.access_token)), deadline)

    async def _valid(
        self, engine: Engine, tokens: results.Tokens, caller: CallerContext, deadline: Deadline
    ) -> results.Tokens:
        """Tokens with a valid access token, as far as they can be had; these, where there is nothing to renew."""
        fresh = self._fresh(tokens)
        if tokens.refresh_token is None or (self._unsaved is None and not fresh.is_due(engine.now())):
            return tokens
        session = refresh_key(tokens)
        if engine.shared.is_paused(session) and not fresh.is_over(engine.now()):
            return tokens
        try:
            return await renew(self, tokens, caller, deadline)
        except SessionError:
            raise
        except Exception as error:
            engine.shared.pause(session, error)
            if fresh.is_over(engine.now()):
                raise
            return tokens

    def _still(self, tokens: results.Tokens) -> results.Tokens:
        """These, unless the session has been ended while they came."""
        if self._tokens is None:
            raise NotSignedIn("this user has signed out meanwhile")
        return tokens

    def _fresh(self, tokens: results.Tokens) -> Freshness:
        """When these tokens are due: drawn once for them."""
        if self._freshness is None or self._freshness.tokens is not tokens:
            self._freshness = Freshness.of(tokens, _random.random())
        return self._freshness

    def _telling(self, name: EventName) -> Telling:
        events = self._keeper.events if self._keeper is not None else None
        return Telling(events, name, cast("CognitoUser", self))

    def _device_key(self, tokens: results.Tokens) -> str | None:
        """The device that the session belongs to."""
        return text_claim(tokens, "device_key") or (self._device.key if self._device is not None else None)

    def _connected(self) -> Engine:
        if self._engine is None:
            raise ConfigurationError("this user is a name only (a copy or a parsed one): use pool.user(name)")
        return self._engine
