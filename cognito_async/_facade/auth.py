"""One person on one device, as Amplify's `Auth`."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from .._credentials import Credentials, CredentialsProvider
from .._flows.refresh import RefreshFlow
from .._ground.clock import Clock
from .._ground.config import RetryPolicy
from .._ground.errors import NoCurrentUser
from .._ground.redact import mask
from .._tokens.device import DeviceSecret
from .._tokens.store import MemoryStore, TokenStore
from .._transport.base import HttpClient
from . import users
from .accounts import AccountCalls
from .checks import NOT_GIVEN, NotGiven
from .keeper import Keeper
from .progress import Progress
from .results import SignOutResult
from .sign_in import SignInCalls
from .user import CognitoUser
from .user_pool import UserPool


class Auth(AccountCalls, SignInCalls):
    """Use this in a program for one person: a command line, a device, a desktop; a service takes `UserPool`.

    It adds to a `UserPool` a current user and a store that keeps the session, and nothing else.

    Args: those of `UserPool`, and
        store: where the session is kept; a new `MemoryStore` if not given.

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
        store: TokenStore | None = None,
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
        )
        self._start(pool, store, owned=True)

    @classmethod
    def _on(cls, pool: UserPool, store: TokenStore | None) -> Auth:
        auth = object.__new__(cls)
        auth._start(pool, store, owned=False)
        return auth

    def _start(self, pool: UserPool, store: TokenStore | None, *, owned: bool) -> None:
        self._pool = pool
        self._owned = owned
        self._engine = engine = pool._engine
        self._keeper = Keeper(store if store is not None else MemoryStore(), engine.client.binding, engine.shared.clock)

    @property
    def pool(self) -> UserPool:
        """The `UserPool` beneath, for calls that name a user."""
        return self._pool

    async def current_user(self) -> CognitoUser:
        """Who is signed in, from memory or from the store; the service is not asked.

        Raises:
            NoCurrentUser: nobody is.
            ConfigurationError: the store holds something that cannot be read.
        """
        engine, keeper = self._engine, self._keeper
        user = await keeper.current(lambda state: users.restored(engine, state, None, keeper))
        if user is None:
            raise NoCurrentUser("nobody is signed in: call sign_in first")
        return user

    async def sign_out(self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN) -> SignOutResult:
        """End the current user's session: see `CognitoUser.sign_out`. With nobody signed in there is nothing to end.

        Source: RevokeToken; GlobalSignOut.
        """
        try:
            user = await self.current_user()
        except NoCurrentUser:
            return SignOutResult(remote="none")
        return await user.sign_out(global_=global_, timeout=timeout)

    def _progress(self, device: DeviceSecret | None = None, typed: str | None = None) -> Progress:
        return Progress(self._engine, self._keeper, device, typed)

    async def aclose(self) -> None:
        """Close the connections, unless they are those of a `UserPool` that this `Auth` was made from."""
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
