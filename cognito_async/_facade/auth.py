"""One person on one device, as Amplify's `Auth`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .._aws.identity import Credentials, CredentialsProvider
from .._core import checks
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.clock import Clock
from .._core.errors import NoCurrentUser, NotSignedIn
from .._core.hooks import Hooks
from .._core.options import RetryPolicy, UserContext
from .._core.redact import mask
from .._flows.refresh import RefreshFlow
from .._http.http_client import HttpClient
from .._session.registry import Keeper
from .._stores.store import MemoryStore, TokenStore
from .._tokens.device import DeviceSecret
from . import results, users
from .accounts import AccountCalls
from .events import AuthEvent, EventName, EventStream, Telling
from .sign_in.progress import Progress
from .sign_in.sign_in import SignInCalls
from .user.user import CognitoUser
from .user_pool import UserPool

if TYPE_CHECKING:
    from .._aws.rate_limits import RateLimits


class Auth(AccountCalls, SignInCalls):
    """Use this in a program for one person: a command line, a device, a desktop; a service takes `UserPool`.

    It adds to a `UserPool` a current user, a store that keeps the sessions, and events; nothing else. A service may
    have one for each browser: `pool.auth(store=store, namespace=random_id)`.

    Args: those of `UserPool`, and
        store: where sessions are kept; a new `MemoryStore` if not given.
        namespace: keeps this person's records apart from those of all others in the same store.

    Raises:
        ConfigurationError: when an argument cannot be right.
    """

    def __init__(
        self,
        user_pool_id: str,
        client_id: str,
        *,
        client_secret: str | None = None,
        region: str | None = None,
        endpoint: str | None = None,
        http_client: HttpClient | None = None,
        retry: RetryPolicy = RetryPolicy(),
        timeout: float | None = 30.0,
        credentials: Credentials | CredentialsProvider | None = None,
        clock: Clock | None = None,
        refresh_flow: RefreshFlow | None = None,
        use_fips_endpoint: bool | None = None,
        hooks: Hooks | None = None,
        rate_limits: RateLimits | None = None,
        store: TokenStore | None = None,
        namespace: str | None = None,
    ) -> None:
        client_secret = mask(client_secret)
        pool = UserPool(
            user_pool_id,
            client_id,
            client_secret=client_secret,
            region=region,
            endpoint=endpoint,
            http_client=http_client,
            retry=retry,
            timeout=timeout,
            credentials=credentials,
            clock=clock,
            refresh_flow=refresh_flow,
            use_fips_endpoint=use_fips_endpoint,
            hooks=hooks,
            rate_limits=rate_limits,
        )
        self._start(pool, store, namespace, owned=True)

    @classmethod
    def _on(cls, pool: UserPool, store: TokenStore | None, namespace: str | None) -> Auth:
        auth = object.__new__(cls)
        auth._start(pool, store, namespace, owned=False)
        return auth

    def _start(self, pool: UserPool, store: TokenStore | None, namespace: str | None, *, owned: bool) -> None:
        self._pool = pool
        self._owned = owned
        self._engine = engine = pool._engine
        self._keeper = Keeper(
            store if store is not None else MemoryStore(),
            engine.client.binding,
            engine.shared.clock,
            None if namespace is None else checks.text(namespace, "namespace"),
        )

    @property
    def pool(self) -> UserPool:
        """The `UserPool` beneath, for calls that name a user."""
        return self._pool

    async def current_user(self) -> CognitoUser:
        """Who is signed in, from memory or from the store; the service is not asked.

        Raises:
            NoCurrentUser: nobody is.
            ConfigurationError, StoreError: the store holds something that cannot be read, or cannot be reached.
        """
        await self._engine.ready()
        user = await self._keeper.current(self._restore)
        if user is None:
            raise NoCurrentUser("nobody is signed in: call sign_in first")
        return user

    async def current_session(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.Tokens:
        """Valid tokens of the current user: see `CognitoUser.session`.

        Raises:
            NoCurrentUser: nobody is signed in.
            SessionExpired: the session is over: sign in again.
            TransportError, ServiceError, StoreError: there are no valid tokens now; the session stands.
        """
        user = await self.current_user()
        return await user.session(client_metadata=client_metadata, user_context=user_context, timeout=timeout)

    async def users(self) -> list[CognitoUser]:
        """Everybody who is signed in here, the latest first; each sign-in adds one, and a sign-out takes one away."""
        await self._engine.ready()
        return await self._keeper.users(self._restore)

    async def switch_user(self, username: str) -> CognitoUser:
        """Make somebody who is signed in here the current user, without the service.

        Args:
            username: as `CognitoUser.username` has it.

        Raises:
            NotSignedIn: nobody of that name is signed in here.
        """
        with self._telling("switch_user", checks.text(username, "username")) as telling:
            await self._engine.ready()
            user = await self._keeper.switch(username, self._restore)
            if user is None:
                raise NotSignedIn("nobody of that name is signed in here: call sign_in")
            telling.user = user
            return user

    def events(self) -> EventStream:
        """What happens from now on, to be read in a task: `with auth.events() as events: async for event in events: …`.

        Told are the calls of this object and of its users that change something, those that fail, and what happens
        by itself: `AuthEvent` says more.
        """
        return self._keeper.events.stream()

    def on_event(self, listener: Callable[[AuthEvent], object]) -> Callable[[], None]:
        """Have a plain function called with each event, in the task that caused it; returns a function that ends it.

        It must not wait. What it raises is logged (logger `cognito_async`), and breaks nothing.

        Raises:
            ConfigurationError: when it is an async function: read `events()` in a task instead.
        """
        return self._keeper.events.listen(listener)

    async def sign_out(
        self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> results.SignOutResult:
        """End the current user's session: see `CognitoUser.sign_out`. With nobody signed in there is nothing to end.

        Source: RevokeToken; GlobalSignOut.
        """
        await self._engine.ready()
        user = self._keeper.unfinished or await self._keeper.current(self._restore)
        if user is None:
            return results.SignOutResult(remote="none")
        return await user.sign_out(global_=global_, timeout=timeout)

    def _restore(self, state: str) -> CognitoUser:
        return users.restored(self._engine, state, None, self._keeper)

    def _telling(self, name: EventName, username: str) -> Telling:
        return Telling(self._keeper.events, name, users.named(self._engine, username))

    def _progress(self, device: DeviceSecret | None = None, typed: str | None = None) -> Progress:
        return Progress(self._engine, self._keeper, device, typed)

    async def aclose(self) -> None:
        """End the event streams, and close the connections, unless they are those of a `UserPool` it was made from."""
        self._keeper.events.close()
        if self._owned:
            await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_pool"):
            return "Auth(<refused arguments>)"  # in a traceback of the constructor
        return f"Auth({self._pool.user_pool_id!r}, {self._pool.client_id!r})"
