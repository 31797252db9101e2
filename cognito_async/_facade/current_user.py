"""The calls about the signed-in users of an `Auth`: who is the current one, their events, and sign-out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .._core import checks
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.errors import NoCurrentUser, NotSignedIn
from .._core.options import UserContext
from .._session.registry import SessionRegistry
from . import results
from .calls import PoolCalls
from .events import AuthEvent, Events, EventStream
from .user.user import CognitoUser


class CurrentUserCalls(PoolCalls):
    """The calls of `Auth` that name no user, because it has a current one."""

    _events: Events
    _registry: SessionRegistry

    async def current_user(self) -> CognitoUser:
        """Return the current user, from memory or from the store. Nothing is sent to the service.

        Raises:
            NoCurrentUser: if no user is signed in.
            ConfigurationError: if an entry of the store cannot be read.
            StoreError: if the store cannot be reached.
        """
        session = await (await self._ready_registry()).current()
        if session is None:
            raise NoCurrentUser("no user is signed in: call sign_in first")
        return self._users.of(session)

    async def current_session(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.Tokens:
        """Return valid tokens of the current user, refreshed if necessary; see `CognitoUser.session`.

        Raises:
            NoCurrentUser: if no user is signed in.
            SessionExpired: if the session has ended. Sign in again.
            TransportError, ServiceError, StoreError: if the refresh failed, and the access token has expired. The
                session stays valid.
        """
        user = await self.current_user()
        return await user.session(client_metadata=client_metadata, user_context=user_context, timeout=timeout)

    async def users(self) -> list[CognitoUser]:
        """Return the signed-in users, most recent first. Each sign-in adds one, and each sign-out removes one."""
        return [self._users.of(session) for session in await (await self._ready_registry()).all()]

    async def switch_user(self, username: str) -> CognitoUser:
        """Make another signed-in user the current one. Nothing is sent to the service.

        Args:
            username: the `CognitoUser.username` of a user that `users()` returns.

        Raises:
            NotSignedIn: if no user with this name is signed in.
        """
        with self._users.event("switch_user", checks.text(username, "username")) as event:
            session = await (await self._ready_registry()).switch(username)
            if session is None:
                raise NotSignedIn("no user with this name is signed in: call sign_in first")
            event.user = user = self._users.of(session)
            return user

    def events(self) -> EventStream:
        """Return a stream of all events from now on: `with auth.events() as events: async for event in events: …`.

        An event is emitted for each call on this object or its users that changes something, even if the call fails,
        and for changes that happen without a call, such as a refresh. See `AuthEvent`.
        """
        return self._events.stream()

    def on_event(self, listener: Callable[[AuthEvent], object]) -> Callable[[], None]:
        """Call a plain function with each event, in the task that caused it. Return a function that ends this.

        The listener must not block. If several threads use the `Auth`, any of them may call it. An exception that it
        raises is logged (logger `cognito_async`) and does not affect the call.

        Raises:
            ConfigurationError: if the listener is an async function. Instead, read `events()` in a task.
        """
        return self._events.listen(listener)

    async def sign_out(
        self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> results.SignOutResult:
        """Sign the current user out; see `CognitoUser.sign_out`. If no user is signed in, `result.remote` is `"none"`.

        Source: RevokeToken; GlobalSignOut.
        """
        registry = await self._ready_registry()
        session = registry.pending_removal or await registry.current()
        if session is None:
            return results.SignOutResult(remote="none")
        return await self._users.of(session).sign_out(global_=global_, timeout=timeout)

    async def _ready_registry(self) -> SessionRegistry:
        """Return the registry, after the modules that it needs have been imported."""
        await self._client.ready()
        return self._registry
