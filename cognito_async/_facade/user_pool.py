"""One app client of one user pool: the door for services that serve many users."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .._aws.identity import Credentials, CredentialsProvider
from .._client.config import open_engine
from .._client.pool_client import Engine
from .._core import checks
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.hooks import Hooks
from .._core.options import RetryPolicy, UserContext
from .._core.redact import mask
from .._flows.refresh import RefreshFlow
from .._http.http_client import HttpClient
from .._stores.store import TokenStore
from .._tokens.device import DeviceSecret
from . import results, users
from .accounts import AccountCalls
from .sign_in.progress import Progress
from .sign_in.sign_in import SignInCalls
from .user.user import CognitoUser

if TYPE_CHECKING:
    from .._aws.rate_limits import RateLimits
    from .admin.admin import UserPoolAdmin
    from .api import UserPoolApi
    from .auth import Auth


class UserPool(AccountCalls, SignInCalls):
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
    ) -> None:
        client_secret = mask(client_secret)
        self._engine = open_engine(
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

    @property
    def user_pool_id(self) -> str:
        """The user pool's id."""
        return self._engine.client.user_pool_id

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._engine.client.client_id

    @property
    def api(self) -> UserPoolApi:
        """The service's own operations, for what is not here: `await pool.api.list_groups(limit=10)`."""
        from .api import UserPoolApi  # noqa: PLC0415 - a class with a method for each operation takes a while to import

        client = self._engine.client
        return UserPoolApi(self._engine, {"user_pool_id": client.user_pool_id, "client_id": client.client_id})

    @property
    def admin(self) -> UserPoolAdmin:
        """The administrator's calls, signed with AWS credentials: `await pool.admin.disable_user("alice")`."""
        from .admin.admin import UserPoolAdmin  # noqa: PLC0415 - on `api`, and most programs do without

        return UserPoolAdmin(self._engine, self.api)

    def user(self, username: str) -> CognitoUser:
        """A user by name, without asking the service and not signed in.

        Raises:
            ConfigurationError: when the name is empty or no text.
        """
        return users.named(self._engine, checks.text(username, "username"))

    def user_from_tokens(self, tokens: results.Tokens) -> CognitoUser:
        """A signed-in user from tokens that you kept.

        The tokens are not verified: the names in them are true only if you got them from the service.

        Raises:
            ConfigurationError: when the access token is not a JWT that names a user.
        """
        from .._tokens.tokens import Tokens  # noqa: PLC0415 - who has some has imported it

        if not isinstance(tokens, Tokens):
            raise ConfigurationError("user_from_tokens takes Tokens(access_token, …)")
        username = tokens.unverified_access_claims.get("username")
        if not isinstance(username, str) or not username:
            raise ConfigurationError("this access token names no user")
        return users.signed_in(self._engine, username, tokens)

    def user_from_access_token(self, token: str) -> CognitoUser:
        """A signed-in user from an access token alone, such as a request brings; it cannot be renewed.

        The token is not verified: let a verifier or the service decide whether it is true.

        Raises:
            ConfigurationError: when it is not a JWT that names a user.
        """
        token = mask(token)
        from .._tokens.tokens import Tokens  # noqa: PLC0415 - on pydantic, which the import of the package does without

        return self.user_from_tokens(Tokens(token))

    def user_from_state(self, state: str, key: str | bytes | None = None) -> CognitoUser:
        """A signed-in user from `user.to_state(key)`.

        Raises:
            ConfigurationError: when the state is damaged, or belongs to another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return users.restored(self._engine, state, key)

    def device_from_state(self, state: str, key: str | bytes | None = None) -> DeviceSecret:
        """A device secret from `user.device_secret.to_state(key)`, for `sign_in(…, device=…)`.

        Raises:
            ConfigurationError: when the state is damaged, or belongs to another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return DeviceSecret.from_state(state, self._engine.client.binding, key)

    def auth(self, *, store: TokenStore | None = None, namespace: str | None = None) -> Auth:
        """An `Auth` on this pool's connections: one person on one device, with a current user.

        Args: as those of `Auth`.
        """
        from .auth import Auth  # noqa: PLC0415 - Auth stands on this module

        return Auth._on(self, store, namespace)

    def with_options(
        self,
        *,
        retry: RetryPolicy | NotGiven = NOT_GIVEN,
        timeout: float | None | NotGiven = NOT_GIVEN,
        client_metadata: Mapping[str, str] | None | NotGiven = NOT_GIVEN,
        user_context: UserContext | None | NotGiven = NOT_GIVEN,
        refresh_flow: RefreshFlow | None | NotGiven = NOT_GIVEN,
        hooks: Hooks | None | NotGiven = NOT_GIVEN,
    ) -> UserPool:
        """The same pool with other defaults, on the same connections; cheap enough for one request.

        Raises:
            ConfigurationError: when an option cannot be right.
        """
        options = self._engine.options.changed(retry, timeout, client_metadata, user_context, refresh_flow, hooks)
        view = object.__new__(type(self))
        view._engine = Engine(self._engine.client, self._engine.shared, options)
        return view

    def _progress(self, device: DeviceSecret | None = None, typed: str | None = None) -> Progress:
        return Progress(self._engine, None, device, typed)

    async def aclose(self) -> None:
        """Close the connections that this object opened on the running event loop; it may be used again."""
        await self._engine.shared.pipeline.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_engine"):
            return "UserPool(<refused arguments>)"  # in a traceback of the constructor
        return f"UserPool({self.user_pool_id!r}, {self.client_id!r})"

    def __reduce__(self) -> str:
        raise TypeError("a UserPool is not pickled: it may hold a client secret")
