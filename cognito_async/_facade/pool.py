"""The two doors to a user pool: `UserPool` for services, `Auth` for a program with one user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from .._aws._generated import common, devices, mfa, profile, recovery, sign_in, sign_up
from .._client.config import PoolOptions, ViewOptions, show_options
from .._client.pool_client import PoolClient
from .._core import checks
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.errors import NoCurrentUser, NotSignedIn
from .._core.options import UserContext
from .._core.redact import mask
from .._core.secret import Secret
from .._session import signed_in_users
from .._session.pool_sessions import PoolSessions
from .._session.refreshes import Refreshes
from .._session.registry import Report, SessionEvent, SessionRegistry
from .._session.user_session import UserSession
from .._stores.store import MemoryStore, TokenStore
from .._tokens import states
from .._tokens.device import DeviceSecret
from . import results
from .accounts import AccountCalls
from .events import AuthEvent, Events, EventStream
from .known_users import KnownUserCalls
from .sign_in import results as sign_in_results
from .sign_in.calls import SignInCalls
from .sign_in.context import SignInContext
from .sign_in.step_up import step_up
from .user.user import CognitoUser
from .users import Users

if TYPE_CHECKING:
    from .admin.admin import UserPoolAdmin
    from .api import UserPoolApi

# What the calls of users need, which is on pydantic: the first call of a client imports it in a worker thread.
_NEEDED = (
    *(common, devices, mfa, profile, recovery, sign_in, sign_up),
    *(states, signed_in_users, results, sign_in_results),
)


class UserPool(AccountCalls, SignInCalls, KnownUserCalls):
    """Use this in a service: it holds connections and never a user, so all requests may share one.

    It may be made at import time, before there is an event loop, and used from successive loops on asyncio
    and trio. `async with` is optional; `aclose()` closes what this object opened on the running loop, and without
    it Python warns of open sockets when that loop ends.

    Args:
        user_pool_id: such as `"eu-central-1_AbCdEfGhI"`; the region is the part before `_`.
        client_id: the app client's id.
        client_secret: the app client's secret, if it has one.
        region: where the pool is, if its id does not tell.
        endpoint: the URL to call instead of the service's own: an emulator, a proxy.
        http_client: an `httpx.AsyncClient` or `httpx2.AsyncClient` to use, never closed here. It belongs to the
            event loop that it was first used on, and so does the pool then; its own limits bound the calls at once.
        retry: how often and how patiently failed calls are repeated.
        timeout: seconds that one call may take, all attempts included; `None` for no limit.
        credentials: AWS credentials, or an async callable that returns them, such as one of `credentials`, for
            the operations that need them (the six calls do not); if not given, those that AWS's tools would find.
        clock: what time it is, for tests.
        refresh_flow: how tokens are renewed; found out by itself if not given.
        use_fips_endpoint: call the FIPS endpoint; `AWS_USE_FIPS_ENDPOINT` decides if not given.
        hooks: told of every attempt of every call; see `Hooks`.
        rate_limits: how many requests are sent per second, for bulk work and load tests; no limit if not given.

    Raises:
        ConfigurationError: when an argument cannot be right.
    """

    @show_options(PoolOptions)
    def __init__(
        self, user_pool_id: str, client_id: str, *, client_secret: str | None = None, **options: Unpack[PoolOptions]
    ) -> None:
        client_secret = mask(client_secret)
        client = PoolClient.open(user_pool_id, client_id, Secret.maybe(client_secret), options, _NEEDED)
        self._start(PoolSessions(client, Refreshes(client.clock)))

    def _start(self, sessions: PoolSessions) -> None:
        self._users = Users(sessions, step_up)

    @property
    def user_pool_id(self) -> str:
        """The user pool's id."""
        return self._client.app_client.user_pool_id

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._client.app_client.client_id

    @property
    def api(self) -> UserPoolApi:
        """The service's own operations, for what is not here: `await pool.api.list_groups(limit=10)`."""
        from .api import UserPoolApi  # noqa: PLC0415 - a class with a method for each operation takes a while to import

        return UserPoolApi(self._client, {"user_pool_id": self.user_pool_id, "client_id": self.client_id})

    @property
    def admin(self) -> UserPoolAdmin:
        """The administrator's calls, signed with AWS credentials: `await pool.admin.disable_user("alice")`."""
        from .admin.admin import UserPoolAdmin  # noqa: PLC0415 - as `api`, and most programs do without

        return UserPoolAdmin(self._users, self.api)

    def auth(self, *, store: TokenStore | None = None, namespace: str | None = None) -> Auth:
        """An `Auth` on this pool's connections: one person on one device, with a current user.

        Args: as those of `Auth`.
        """
        return _AuthOfPool(self, store, namespace)

    @show_options(ViewOptions)
    def with_options(self, **options: Unpack[ViewOptions]) -> Self:
        """The same pool with other defaults, on the same connections; cheap enough for one request.

        `retry`, `timeout`, `client_metadata`, `user_context`, `refresh_flow` and `hooks` are the defaults of the view's
        calls.

        Raises:
            ConfigurationError: when an option cannot be right.
        """
        view: Self = object.__new__(type(self))
        sessions = self._users.sessions
        view._start(PoolSessions(sessions.client.with_options(options), sessions.refreshes))
        return view

    def _sign_in_context(self, device: DeviceSecret | None = None, typed: str | None = None) -> SignInContext:
        return SignInContext(self._users, None, device, typed)

    async def aclose(self) -> None:
        """Close the connections that this object opened on the running event loop; it may be used again."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_users"):
            return "UserPool(<refused arguments>)"  # in a traceback of the constructor
        return f"UserPool({self.user_pool_id!r}, {self.client_id!r})"

    def __reduce__(self) -> str:
        raise TypeError("a UserPool is not pickled: it may hold a client secret")


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

    @show_options(PoolOptions)
    def __init__(
        self,
        user_pool_id: str,
        client_id: str,
        *,
        client_secret: str | None = None,
        store: TokenStore | None = None,
        namespace: str | None = None,
        **options: Unpack[PoolOptions],
    ) -> None:
        client_secret = mask(client_secret)
        pool = UserPool(user_pool_id, client_id, client_secret=client_secret, **options)
        self._start(pool, store, namespace, owned=True)

    def _start(self, pool: UserPool, store: TokenStore | None, namespace: str | None, *, owned: bool) -> None:
        self._pool = pool
        self._owned = owned
        sessions = self._sessions_of(pool)
        self._events = Events(sessions.client.clock)
        self._users = Users(sessions, step_up, self._events)
        self._registry = SessionRegistry(
            sessions,
            store if store is not None else MemoryStore(),
            None if namespace is None else checks.text(namespace, "namespace"),
            _reporting(self._events, self._users),
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
        session = await (await self._ready_registry()).current()
        if session is None:
            raise NoCurrentUser("nobody is signed in: call sign_in first")
        return self._users.of(session)

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
        return [self._users.of(session) for session in await (await self._ready_registry()).all()]

    async def switch_user(self, username: str) -> CognitoUser:
        """Make somebody who is signed in here the current user, without the service.

        Args:
            username: as `CognitoUser.username` has it.

        Raises:
            NotSignedIn: nobody of that name is signed in here.
        """
        with self._users.event("switch_user", checks.text(username, "username")) as event:
            session = await (await self._ready_registry()).switch(username)
            if session is None:
                raise NotSignedIn("nobody of that name is signed in here: call sign_in")
            event.user = user = self._users.of(session)
            return user

    def events(self) -> EventStream:
        """What happens from now on, to be read in a task: `with auth.events() as events: async for event in events: …`.

        Told are the calls of this object and of its users that change something, those that fail, and what happens
        by itself: `AuthEvent` says more.
        """
        return self._events.stream()

    def on_event(self, listener: Callable[[AuthEvent], object]) -> Callable[[], None]:
        """Have a plain function called with each event, in the task that caused it; returns a function that ends it.

        It must not wait. What it raises is logged (logger `cognito_async`), and breaks nothing.

        Raises:
            ConfigurationError: when it is an async function: read `events()` in a task instead.
        """
        return self._events.listen(listener)

    async def sign_out(
        self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> results.SignOutResult:
        """End the current user's session: see `CognitoUser.sign_out`. With nobody signed in there is nothing to end.

        Source: RevokeToken; GlobalSignOut.
        """
        registry = await self._ready_registry()
        session = registry.unfinished or await registry.current()
        if session is None:
            return results.SignOutResult(remote="none")
        return await self._users.of(session).sign_out(global_=global_, timeout=timeout)

    async def _ready_registry(self) -> SessionRegistry:
        """Return the registry, with everything imported that it reads."""
        await self._client.ready()
        return self._registry

    def _sign_in_context(self, device: DeviceSecret | None = None, typed: str | None = None) -> SignInContext:
        return SignInContext(self._users, self._registry, device, typed)

    async def aclose(self) -> None:
        """End the event streams, and close the connections, unless they are those of a `UserPool` it was made from."""
        self._events.close()
        if self._owned:
            await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_users"):
            return "Auth(<refused arguments>)"  # in a traceback of the constructor
        return f"Auth({self._pool.user_pool_id!r}, {self._pool.client_id!r})"


def _reporting(events: Events, users: Users) -> Report:
    """Return what emits events that happen without a call. It does not hold the `Auth`, which would be a cycle."""

    def report(name: SessionEvent, session: UserSession, error: Exception | None) -> None:
        events.emit(name, users.of(session), error)

    return report


class _AuthOfPool(Auth):
    """An `Auth` on the connections of a `UserPool`."""

    def __init__(self, pool: UserPool, store: TokenStore | None, namespace: str | None) -> None:
        self._start(pool, store, namespace, owned=False)
