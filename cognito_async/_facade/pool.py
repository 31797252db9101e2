"""The clients of a user pool: `UserPool` for services, `Auth` for programs with one user."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self, Unpack

from .._aws._generated import common, devices, mfa, profile, recovery, sign_in, sign_up
from .._client.config import PoolOptions, ViewOptions, mask_options, show_options
from .._client.pool_client import PoolClient
from .._core import checks
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
from .current_user import CurrentUserCalls
from .events import Events
from .known_users import KnownUserCalls
from .sign_in import results as sign_in_results
from .sign_in.calls import SignInCalls
from .sign_in.context import SignInContext
from .sign_in.step_up import step_up
from .users import Users
from .verifiers import VerifierCalls

if TYPE_CHECKING:
    from .admin.admin import UserPoolAdmin
    from .api import UserPoolApi

# The modules that most calls need. They import pydantic, so a client imports them at its first call, in a worker
# thread.
_NEEDED = (
    *(common, devices, mfa, profile, recovery, sign_in, sign_up),
    *(states, signed_in_users, results, sign_in_results),
)


class UserPool(AccountCalls, SignInCalls, KnownUserCalls, VerifierCalls):
    """One app client of a user pool, for services.

    It holds connections, but no signed-in user, so one object can serve all requests of a service.

    You can create it at import time, before an event loop runs. Successive event loops, and threads with an event loop
    each, can share it, on asyncio and trio. `async with` is optional. `aclose()` closes the connections that this
    object opened on the running event loop. The end of `asyncio.run()` or `trio.run()` also closes them.

    Args:
        user_pool_id: the user pool's id, such as `"eu-central-1_AbCdEfGhI"`. The part before `_` is the region.
        client_id: the app client's id.
        client_secret: the app client's secret, if it has one.
        region: the AWS region; by default the one in `user_pool_id`.
        endpoint: the URL to call instead of the service's own, such as that of an emulator or a proxy. By default, the
            environment and the profile of AWS's tools decide, such as `AWS_ENDPOINT_URL`.
        http_client: an `httpx.AsyncClient` or `httpx2.AsyncClient` for all requests. You own it: the pool never closes
            it. The pool can then be used only on the event loop on which the client was first used, and the client's
            limits determine how many calls run concurrently.
        retry: how often failed calls are retried, and after which waits; see `RetryPolicy` for the defaults.
        timeout: seconds that one call may take, counted from its start, retries included; 30 by default. `None` means
            no limit.
        credentials: AWS credentials, or an async callable that returns them, such as a provider from
            `cognito_async.credentials`. Only some operations need them; sign-up, sign-in and sign-out do not. The
            default is `credentials.default_chain()`, which looks in the places that AWS's own tools use.
        clock: the clock for all waits, deadlines and expiry times; by default the machine's. A test can pass its own.
        refresh_flow: the way to refresh tokens, `"GetTokensFromRefreshToken"` or `"REFRESH_TOKEN_AUTH"`. By default
            the first refresh finds out which one the server supports.
        use_fips_endpoint: whether to call the service's FIPS endpoint. By default, `AWS_USE_FIPS_ENDPOINT` or the
            profile decides.
        use_dualstack_endpoint: whether to call the service's endpoint with IPv6 addresses. By default,
            `AWS_USE_DUALSTACK_ENDPOINT` or the profile decides.
        max_connections: the largest number of connections that are open on one event loop, and of SRP sign-ins that run
            at a time; from 1 to 10,000, 100 by default. With `http_client`, it limits only the sign-ins.
        hooks: functions to call for every attempt of every call; none by default. See `Hooks`.
        rate_limits: limits on the requests sent per second, for bulk work and load tests; unlimited by default.

    Raises:
        ConfigurationError: if an argument is invalid.
    """

    @show_options(PoolOptions)
    def __init__(
        self, user_pool_id: str, client_id: str, *, client_secret: str | None = None, **options: Unpack[PoolOptions]
    ) -> None:
        client_secret, options = mask(client_secret), mask_options(options)
        client = PoolClient.open(user_pool_id, client_id, Secret.maybe(client_secret), options, _NEEDED)
        self._start(PoolSessions(client, Refreshes.of(client)))

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
        """All operations of the service, each as a method: `await pool.api.list_groups(limit=10)`."""
        from .api import UserPoolApi  # noqa: PLC0415 - slow to import: it has a method for each operation

        return UserPoolApi(self._client, {"user_pool_id": self.user_pool_id, "client_id": self.client_id})

    @property
    def admin(self) -> UserPoolAdmin:
        """The calls of an administrator, signed with AWS credentials: `await pool.admin.disable_user("alice")`."""
        from .admin.admin import UserPoolAdmin  # noqa: PLC0415 - slow to import, and rarely used

        return UserPoolAdmin(self._users, self.api)

    def auth(self, *, store: TokenStore | None = None, namespace: str | None = None) -> Auth:
        """Return an `Auth` on this pool's connections, for a program that has one current user.

        Args:
            store: the store for sessions and devices; a new `MemoryStore` by default.
            namespace: a name that separates the entries of this `Auth` from others in the store; none by default.

        Raises:
            ConfigurationError: if the namespace is invalid.
        """
        return _AuthOfPool(self, store, namespace)

    @show_options(ViewOptions)
    def with_options(self, **options: Unpack[ViewOptions]) -> Self:
        """Return a view of this pool with other defaults, on the same connections. It is cheap to create per request.

        The options are `retry`, `timeout`, `client_metadata`, `user_context`, `refresh_flow` and `hooks`. Calls on the
        view use them unless the call itself passes another value. All other options stay those of this pool.

        Raises:
            ConfigurationError: if an option is invalid.
        """
        view: Self = object.__new__(type(self))
        sessions = self._users.sessions
        view._start(PoolSessions(sessions.client.with_options(options), sessions.refreshes))
        return view

    def _sign_in_context(self, device: DeviceSecret | None = None, typed: str | None = None) -> SignInContext:
        return SignInContext(self._users, None, device, typed)

    async def aclose(self) -> None:
        """Close the connections that this object opened on the running event loop. The object stays usable."""
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

    def __reduce__(self) -> NoReturn:
        raise TypeError("a UserPool cannot be pickled, because it may hold a client secret")


class Auth(AccountCalls, SignInCalls, CurrentUserCalls):
    """A client with one current user, for command lines, devices and desktop programs. Services use `UserPool`.

    It has the calls of a `UserPool` for sign-up and sign-in. It adds a current user, a store that saves the sessions,
    and events. A web service can create one for each browser session: `pool.auth(store=store, namespace=random_id)`.

    Besides `store` and `namespace`, it takes all arguments of `UserPool`.

    Args:
        store: the store for sessions and devices; a new `MemoryStore` by default.
        namespace: a name that separates the entries of this `Auth` from others in the store; none by default.

    Raises:
        ConfigurationError: if an argument is invalid.
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
        client_secret, options = mask(client_secret), mask_options(options)
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
            _event_reporter(self._events, self._users),
        )

    @property
    def pool(self) -> UserPool:
        """The `UserPool` of this object, for all calls that an `Auth` does not have."""
        return self._pool

    def _sign_in_context(self, device: DeviceSecret | None = None, typed: str | None = None) -> SignInContext:
        return SignInContext(self._users, self._registry, device, typed)

    async def aclose(self) -> None:
        """End the event streams and close the connections.

        If `UserPool.auth` created this object, the connections belong to that pool and stay open.
        """
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


def _event_reporter(events: Events, users: Users) -> Report:
    """Return the function that emits the events of changes that no call made, such as a refresh.

    The function holds no `Auth`, to avoid a reference cycle.
    """

    def report(name: SessionEvent, session: UserSession, error: Exception | None) -> None:
        events.emit(name, users.of(session), error)

    return report


class _AuthOfPool(Auth):
    """An `Auth` that uses the connections of an existing `UserPool`."""

    def __init__(self, pool: UserPool, store: TokenStore | None, namespace: str | None) -> None:
        self._start(pool, store, namespace, owned=False)
