"""The signed-in half of a user: tokens, their renewal and their end, and the way to make a call with them."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from .._flows import sign_out
from .._flows.context import CallerContext
from .._flows.protocol import Flow
from .._flows.refresh import Renewed, refresh
from .._ground.clock import Deadline
from .._ground.config import UserContext
from .._ground.errors import CognitoError, ConfigurationError, NotSignedIn
from .._ground.redact import mask
from .._tokens.device import DeviceSecret
from .._tokens.refresh import shielded
from .._tokens.state import UserState, pack
from .._tokens.tokens import Tokens, text_claim
from .checks import NOT_GIVEN, NotGiven
from .results import SignOutResult

if TYPE_CHECKING:
    from .engine import Engine
    from .keeper import Keeper

T = TypeVar("T")


class SignedIn:
    """Base of `CognitoUser`: what it is to be signed in, or not yet."""

    __slots__ = ("__weakref__", "_device", "_engine", "_keeper", "_sub", "_tokens", "_username")

    def __init__(self, username: str, sub: str | None = None) -> None:
        self._username = username
        self._sub = sub
        self._engine: Engine | None = None
        self._keeper: Keeper | None = None
        self._tokens: Tokens | None = None
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
    def tokens(self) -> Tokens:
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

    async def refresh(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> Tokens:
        """Get new tokens now; whoever asks meanwhile for the same session shares the one request.

        A refresh is never torn: cancelled or not, tokens that the service gave out are kept. The old
        refresh token stays where the service gives no new one. `user_context` is sent by REFRESH_TOKEN_AUTH
        alone: GetTokensFromRefreshToken has no place for it.

        Raises:
            NotSignedIn: while there are no tokens.
            SessionExpired: when there is no refresh token, or the service refuses it: sign in again, after
                `sign_out()` where a store keeps the session.
            TransportError, ServiceError: the session stands, and the call may be made again.

        Source: GetTokensFromRefreshToken; InitiateAuth with REFRESH_TOKEN_AUTH where a server lacks it.
        """
        engine, tokens = self._connected(), self.tokens
        return await self._renewed(
            engine, tokens, engine.caller(client_metadata, user_context), engine.deadline(timeout)
        )

    async def sign_out(self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN) -> SignOutResult:
        """End the session: here in any case, and at the service as far as it can be reached.

        Never raises for what the service or the network says; that is told in the result. An error of the
        store is raised, after the session has been ended at the service.

        Args:
            global_: end all of the user's sessions, not this one alone. An expired access token is
                renewed first, if that can be done.
            timeout: seconds for everything together.

        Source: RevokeToken; GlobalSignOut.
        """
        if self._tokens is None or self._engine is None:
            return SignOutResult(remote="none")
        engine, deadline = self._engine, self._engine.deadline(timeout)
        tokens, self._tokens = self._tokens, None
        try:
            tokens = await self._settled(engine, tokens, deadline)
        finally:
            failure = await self._forgotten()
        result = await self._ended(engine, tokens, deadline, global_)
        if failure is not None:
            raise failure from None
        return result

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
        state = UserState(username=self._username, sub=self._sub, tokens=self.tokens)
        return pack(state, self._connected().client.binding, key)

    async def _with_access_token(
        self, flow: Callable[[str], Flow[T]], timeout: float | None | NotGiven = NOT_GIVEN
    ) -> T:
        """Run a flow that needs an access token; one that has expired is renewed first."""
        engine = self._connected()
        deadline = engine.deadline(timeout)
        access_token = await self._access_token(engine, self.tokens, deadline)
        return await engine.run(flow(access_token), deadline)

    def _device_key(self, tokens: Tokens) -> str | None:
        """The device that the session belongs to."""
        return text_claim(tokens, "device_key") or (self._device.key if self._device is not None else None)

    def _connected(self) -> Engine:
        if self._engine is None:
            raise ConfigurationError("this user is a name only (a copy or a parsed one): use pool.user(name)")
        return self._engine

    async def _renewed(self, engine: Engine, tokens: Tokens, caller: CallerContext, deadline: Deadline) -> Tokens:
        """New tokens for these: taken over and saved, unless this user has signed out or gone on meanwhile."""
        shared, chosen = engine.shared, engine.options.refresh_flow

        async def renew() -> Renewed:
            learned = chosen or shared.learned_refresh_flow
            flow = refresh(engine.client, self._username, tokens, self._device_key(tokens), caller, learned)
            renewed = await engine.run(flow, deadline)
            if chosen is None:
                shared.learned_refresh_flow = renewed.flow
            return renewed

        async def take(renewed: Renewed) -> None:
            if self._tokens is tokens:
                self._tokens = renewed.tokens
                if self._keeper is not None:
                    await self._keeper.save(self)

        return (await shared.refreshes.get().run(_flight_key(tokens), renew, take, deadline)).tokens

    async def _forgotten(self, *, with_device: bool = False) -> Exception | None:
        """Remove the session from the store, cancelled or not; the store's error, to be raised at the end."""
        keeper = self._keeper
        if keeper is None:
            return None

        async def forget() -> None:
            await keeper.forget(self)
            if with_device:
                await keeper.forget_device(self._username)

        return await done_in_store(forget)

    async def _ended(self, engine: Engine, tokens: Tokens, deadline: Deadline, everywhere: bool) -> SignOutResult:
        """End the session, or all sessions, at the service."""
        sent = not everywhere
        try:
            if everywhere:
                access_token = await self._access_token(engine, tokens, deadline)
                sent = True
                await engine.run(sign_out.sign_out_everywhere(access_token), deadline)
            elif tokens.refresh_token is not None:
                await engine.run(sign_out.revoke(engine.client, mask(tokens.refresh_token)), deadline)
            else:
                return SignOutResult(remote="none")
        except CognitoError as error:
            return SignOutResult(remote=sign_out.remote_outcome(error, everywhere=everywhere, sent=sent), error=error)
        return SignOutResult(remote="done")

    async def _access_token(self, engine: Engine, tokens: Tokens, deadline: Deadline) -> str:
        """An access token that has not expired, as far as that can be had."""
        expired = tokens.expires_at is not None and tokens.expires_at <= engine.shared.pipeline.service_time.now()
        if expired and tokens.refresh_token is not None:
            tokens = await self._renewed(engine, tokens, engine.caller(), deadline)
        return mask(tokens.access_token)

    async def _settled(self, engine: Engine, tokens: Tokens, deadline: Deadline) -> Tokens:
        """The newest tokens of this session: a refresh that is under way decides which ones there are to end."""
        with deadline.scope():
            renewed = await engine.shared.refreshes.get().settled(_flight_key(tokens))
            return renewed.tokens if renewed is not None else tokens
        return tokens


async def done_in_store(work: Callable[[], Awaitable[None]]) -> Exception | None:
    """Do work of a store to its end, cancelled or not; its error, which a task group would wrap."""
    failures: list[Exception] = []

    async def run() -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a third party's store raises what it likes
            failures.append(error)

    await shielded(run)
    return failures[0] if failures else None


def _flight_key(tokens: Tokens) -> str:
    return hashlib.sha256((tokens.refresh_token or "").encode()).hexdigest()
