"""The base of a user: the name, the session, and the calls that refresh and end it."""

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
from ..._session.sign_out import sign_out
from ..._session.token_calls import with_access_token
from ..._session.user_session import UserSession
from ..._session.valid_tokens import keep_fresh, valid_tokens
from ..._tokens.device import DeviceSecret
from .. import results
from ..events import EventName, EventScope

if TYPE_CHECKING:
    from ..users import Users
    from .user import CognitoUser

T = TypeVar("T")


class Link(NamedTuple):
    """The connection of a user to its session and pool. Copies of a user have none."""

    session: UserSession
    users: Users


class SignedIn:
    """Base of `CognitoUser`: the name, and the session unless the object is a copy."""

    __slots__ = ("__weakref__", "_link", "_sub", "_username")

    def __init__(self, username: str, sub: str | None = None, *, link: Link | None = None) -> None:
        self._username = username
        self._sub = sub
        self._link = link

    @property
    def username(self) -> str:
        """The user's name in the user pool."""
        return self._username

    @property
    def sub(self) -> str | None:
        """The user's permanent id; `None` if it is unknown."""
        return self._sub

    @property
    def signed_in(self) -> bool:
        """Return whether this object has tokens. They may have expired or been revoked."""
        return self._link is not None and self._link.session.signed_in

    @property
    def tokens(self) -> results.Tokens:
        """The current tokens, without a refresh. They may have expired; `session()` returns valid ones.

        Raises:
            NotSignedIn: if the user is not signed in.
        """
        if self._link is None:
            raise NotSignedIn("this user is not signed in: call sign_in first")
        return self._link.session.tokens

    @property
    def device_secret(self) -> DeviceSecret | None:
        """The secret with which the next sign-in proves that it is on this device; `None` if there is none.

        Only pools that track devices issue one.
        """
        return None if self._link is None else self._link.session.device

    async def session(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.Tokens:
        """Return valid tokens, refreshed if they expire soon. Call this whenever you need tokens.

        Tokens are refreshed shortly before they expire. For tokens that are valid for one hour, this is a random time
        between five minutes and one minute before they expire, by the service's clock, which its replies show.
        Concurrent callers share one request, and the new tokens are in the store before any caller gets them. If
        another process has refreshed the session in a shared store, this call returns the tokens of that process.

        A failed refresh (network, throttling, the store) does not end the session. As long as the access token is
        valid, this call returns the old tokens, and a later call retries the refresh.

        Args:
            client_metadata: values for the pre-token-generation trigger. Sent only if the tokens are refreshed.
            user_context: the end user's IP address and device data. Sent only by REFRESH_TOKEN_AUTH, as for `refresh`.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            NotSignedIn: if the user is not signed in.
            SessionExpired: if the service or another program has ended the session, or if the access token has expired
                and there is no refresh token. Sign in again.
            TransportError, ServiceError, StoreError: if the refresh failed, and the access token has expired. The
                session stays valid.

        Source: GetTokensFromRefreshToken, or InitiateAuth with REFRESH_TOKEN_AUTH if the server lacks the first.
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
        """Refresh the tokens now, even if the current ones are valid, such as after a change of attributes or groups.

        A refresh completes even if the caller is cancelled, so that no token that the service has issued is lost. The
        old refresh token stays in use unless the service issues a new one. If another task is refreshing the session
        already, this call returns the tokens of that refresh.

        Args:
            client_metadata: values for the pre-token-generation trigger.
            user_context: the end user's IP address and device data. Sent only by REFRESH_TOKEN_AUTH, because
                GetTokensFromRefreshToken has no field for it.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            NotSignedIn: if the user is not signed in, or signs out during the refresh.
            SessionExpired: if there is no refresh token, or if the service refuses it. A refusal also ends the local
                session.
            TransportError, ServiceError, StoreError: if the refresh failed. The session stays valid; call again.

        Source: GetTokensFromRefreshToken, or InitiateAuth with REFRESH_TOKEN_AUTH if the server lacks the first.
        """
        session = self._connected()
        tokens = session.tokens
        caller = session.client.caller(client_metadata, user_context)
        return session.check_signed_in(
            await refresh(session, tokens, caller, session.client.deadline(timeout), forced=True)
        )

    async def keep_fresh(self) -> None:
        """Refresh the tokens shortly before they expire, until the session ends. Run this in your task group.

        This returns when the session has ended or has no refresh token. After a failed refresh it continues, and
        `session()` raises the error. You do not need it if you call `session()` before each use of the tokens. Do not
        run it for each of many users, because it sends requests even for sessions that are not in use.
        """
        await keep_fresh(self._connected())

    async def sign_out(
        self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> results.SignOutResult:
        """Sign out. Always ends the local session, and ends it at the service if the service can be reached.

        Errors of the service and the network are not raised, but reported in the result. Only an error of the store is
        raised, after the session has ended at the service. Call again to remove the session from the store.

        Args:
            global_: whether to end all sessions of the user instead of only this one. An expired access token is
                refreshed first, if possible.
            timeout: seconds that this call may take, up to ten more if the store does not respond; by default the
                client's `timeout`.

        Source: RevokeToken; GlobalSignOut.
        """
        if self._link is None:
            return results.SignOutResult(remote="none")
        session = self._link.session
        outcome = await sign_out(session, session.client.deadline(timeout), everywhere=global_)
        await session.client.ready()
        return results.signed_out(outcome)

    def to_state(self, key: str | bytes | None = None) -> str:
        """Return the session as a string. Another process continues it with `pool.user_from_state(state, key)`.

        With three tokens the string is longer than the 4,096 bytes that fit into a cookie.

        Args:
            key: at least 32 random characters or bytes, with which the string is encrypted. Then others, such as a
                browser, may store it. Without a key, the string contains the tokens in plain text.

        Raises:
            NotSignedIn: if the user is not signed in.
            ConfigurationError: if the key is too short.
        """
        key = mask(key)
        if not self.signed_in:
            raise NotSignedIn("this user is not signed in: call sign_in first")
        return self._connected().to_state(Secret.maybe(key)).reveal()

    async def _with_access_token(
        self, flow: Callable[[Secret[str]], Flow[T]], timeout: float | None | NotGiven = NOT_GIVEN
    ) -> T:
        """Run a flow that needs an access token: see `with_access_token`."""
        session = self._connected()
        return await with_access_token(session, flow, session.client.deadline(timeout))

    def _event(self, name: EventName) -> EventScope:
        link = self._link
        # A session that no `Auth` stores has no events.
        events = link.users.events if link is not None and link.session.registry is not None else None
        return EventScope(events, name, cast("CognitoUser", self))

    def _linked(self) -> Link:
        if self._link is None:
            raise ConfigurationError("this CognitoUser is a copy without a client: use pool.user(name)")
        return self._link

    def _connected(self) -> UserSession:
        return self._linked().session
