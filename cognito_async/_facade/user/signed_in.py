"""The signed-in half of a user: its session, and the calls that keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.errors import ConfigurationError, NotSignedIn
from ..._core.options import UserContext
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._flows.protocol import Flow
from ..._session.refresh import refresh
from ..._session.sign_out import finish, sign_out
from ..._session.user_session import UserSession
from ..._session.valid_tokens import keep_fresh, valid_tokens, with_access_token
from ..._tokens.device import DeviceSecret
from .. import results
from ..events import EventName, EventScope

if TYPE_CHECKING:
    from ..users import Users
    from .user import CognitoUser

T = TypeVar("T")


class Link(NamedTuple):
    """What makes a name a user of a pool: its session, and the other users of the pool."""

    session: UserSession
    users: Users


class SignedIn:
    """Base of `CognitoUser`: a name, and a session unless it is a copy."""

    __slots__ = ("__weakref__", "_link", "_sub", "_username")

    def __init__(self, username: str, sub: str | None = None, *, link: Link | None = None) -> None:
        self._username = username
        self._sub = sub
        self._link = link

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
        return self._link is not None and self._link.session.signed_in

    @property
    def tokens(self) -> results.Tokens:
        """The tokens as they are, fresh or not.

        Raises:
            NotSignedIn: while there are none.
        """
        if self._link is None:
            raise NotSignedIn("this user is not signed in: call sign_in first")
        return self._link.session.tokens

    @property
    def device_secret(self) -> DeviceSecret | None:
        """What the next sign-in here needs to be this remembered device again; `None` where the pool tracks none."""
        return None if self._link is None else self._link.session.device

    async def session(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.Tokens:
        """Get valid tokens, whenever you need some: those that are here, or new ones if these end soon.

        They are refreshed in the last minutes of their life (of an hour's: between five and one, at a random moment),
        judged by the service's clock as its replies have shown it. Concurrent callers share one request, and the
        store is written before any of them gets the tokens. If another process has refreshed the session in a shared
        store, its tokens are used.

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
        session = self._connected()
        caller = session.client.caller(client_metadata, user_context)
        return await valid_tokens(session, caller, session.client.deadline(timeout))

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
        session = self._connected()
        tokens = session.tokens
        caller = session.client.caller(client_metadata, user_context)
        return session.check_signed_in(
            await refresh(session, tokens, caller, session.client.deadline(timeout), forced=True)
        )

    async def keep_fresh(self) -> None:
        """Run this in a task group of yours to have the tokens renewed ahead of time, whether or not anybody asks.

        It returns when the session is over or there is nothing to renew it with, and goes on through failures:
        `session()` says what is wrong. A program that only calls `session()` needs no such task; in a
        service, with a session for each of many people, it would only keep the service busy.
        """
        await keep_fresh(self._connected())

    async def sign_out(
        self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> results.SignOutResult:
        """Sign out. Always ends the local session, and ends it at the service if the service can be reached.

        Never raises for what the service or the network says; the result has it. An error of the store is raised
        after the session has ended at the service; the next call tries to remove it again.

        Args:
            global_: end all of the user's sessions, not this one alone. An expired access token is
                renewed first, if that can be done.
            timeout: seconds for everything together; a store that hangs may add its ten.

        Source: RevokeToken; GlobalSignOut.
        """
        if self._link is None:
            return results.SignOutResult(remote="none")
        session = self._link.session
        if session.signed_in:
            return results.signed_out(await sign_out(session, session.client.deadline(timeout), everywhere=global_))
        await finish(session)
        await session.client.ready()
        return results.SignOutResult(remote="none")

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
        if not self.signed_in:
            raise NotSignedIn("this user is not signed in: call sign_in first")
        return self._connected().to_state(Secret.maybe(key)).reveal()

    async def _with_access_token(
        self, flow: Callable[[Secret[str]], Flow[T]], timeout: float | None | NotGiven = NOT_GIVEN
    ) -> T:
        """Run a flow that needs an access token. Tokens that end soon are refreshed first."""
        session = self._connected()
        return await with_access_token(session, flow, session.client.deadline(timeout))

    def _event(self, name: EventName) -> EventScope:
        link = self._link
        # Only calls of users whose session an `Auth` stores are reported.
        events = link.users.events if link is not None and link.session.registry is not None else None
        return EventScope(events, name, cast("CognitoUser", self))

    def _linked(self) -> Link:
        if self._link is None:
            raise ConfigurationError("this user is a name only (a copy or a parsed one): use pool.user(name)")
        return self._link

    def _connected(self) -> UserSession:
        return self._linked().session
