"""A user pool in memory, for tests, demonstrations and clients in other languages. It checks calls as Cognito does.

async with LocalUserPool() as local:
    pool = local.user_pool()
    await pool.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    await pool.confirm_sign_up("alice", local.outbox[-1].code)
    result = await pool.sign_in("alice", "Passw0rd!")
    local.clock.advance(3600)  # the tokens have expired
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from ._aws.identity import Credentials
from ._client.config import PoolOptions, mask_options, show_options
from ._core.clock import Clock
from ._facade.pool import Auth, UserPool
from ._local.asgi import LocalApp
from ._local.clock import MovableClock
from ._local.httpx_adapter import LocalTransport
from ._local.service import LocalService
from ._local.settings.client import AppClientSettings
from ._local.settings.functions import Trigger
from ._local.settings.oauth import OAuthSettings
from ._local.settings.passwords import PasswordPolicy
from ._local.settings.pool import PoolSettings
from ._local.settings.schema import CustomAttribute, StandardAttribute
from ._local.settings.triggers import Triggers
from ._local.state.entities import Message, User
from ._local.state.signing_keys import SigningKeys
from ._stores.store import TokenStore

__all__ = [
    "AppClientSettings",
    "CustomAttribute",
    "LocalApp",
    "LocalService",
    "LocalTransport",
    "LocalUserPool",
    "Message",
    "MovableClock",
    "OAuthSettings",
    "PasswordPolicy",
    "PoolSettings",
    "SigningKeys",
    "StandardAttribute",
    "Trigger",
    "Triggers",
    "User",
]


class LocalUserPool:
    """A local user pool, to test your program in one process, without Cognito or a socket, on asyncio or trio.

    Args:
        settings: the settings of the user pool; `PoolSettings()` by default, with which users can sign up and in.
        client: the settings of the pool's first app client; `AppClientSettings()` by default.
        clock: the clock of the pool, and of the clients that `user_pool` and `auth` return; a new `MovableClock` by
            default.
        keys: the keys that sign tokens; new ones by default, generated when first needed. That takes about half a
            second, so share one `SigningKeys.generate()` among many tests.

    Raises:
        ConfigurationError: if a setting is invalid.
    """

    def __init__(
        self,
        settings: PoolSettings | None = None,
        client: AppClientSettings | None = None,
        *,
        clock: Clock | None = None,
        keys: SigningKeys | None = None,
    ) -> None:
        self._clock = clock or MovableClock()
        self.service = LocalService(clock=self._clock)
        self.settings = self.service.add_pool(settings, keys=keys)
        self.client = self.service.add_client(self.settings.id, client)

    @property
    def clock(self) -> MovableClock:
        """The pool's clock. To move it, call `local.clock.advance(3600)`.

        Raises:
            TypeError: if the pool was created with a clock that cannot be moved.
        """
        if not isinstance(self._clock, MovableClock):
            raise TypeError("this pool's clock cannot be moved: create the pool with a MovableClock")
        return self._clock

    @property
    def outbox(self) -> list[Message]:
        """The messages that the pool "sent", the oldest first. Each has its `.code`."""
        return self.service.outbox

    @property
    def issuer(self) -> str:
        """The `iss` of the pool's tokens. It is the same for clients in this process and for those in others."""
        return self.settings.issuer

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys that verify the pool's tokens, as a JSON Web Key Set.

        A pool without `keys` generates them when they are first needed. Here that blocks for up to half a second.
        """
        return self.service.jwks(self.settings.id)

    @property
    def credentials(self) -> Credentials:
        """AWS credentials that this pool accepts for signed operations."""
        key_id, secret = next(iter(self.service.secret_keys.items()))
        return Credentials(key_id, secret)

    @property
    def app(self) -> LocalApp:
        """The pool as an ASGI application, for clients in other processes."""
        return LocalApp(self.service)

    def add_client(self, settings: AppClientSettings) -> AppClientSettings:
        """Add an app client to the user pool."""
        return self.service.add_client(self.settings.id, settings)

    @show_options(PoolOptions)
    def user_pool(
        self,
        client: AppClientSettings | None = None,
        **options: Unpack[PoolOptions],
    ) -> UserPool:
        """Return a `UserPool` that calls this pool, on the same clock.

        Args:
            client: one of the pool's app clients; the first by default.
            options: the options of `UserPool`. A `timeout` is measured on the pool's clock, so it expires when you move
                that clock. To test a client whose clock is wrong, pass a different `clock`.
        """
        options = mask_options(options)
        client = client or self.client
        wired = PoolOptions(
            region=self.settings.region,
            endpoint="http://localhost",  # never connected to: the transport below calls the pool directly
            http_client=httpx.AsyncClient(transport=LocalTransport(self.service), trust_env=False),
            credentials=self.credentials,
        )
        wired.update(options)
        wired["clock"] = options.get("clock") or self._clock
        return UserPool(self.settings.id, client.id, client_secret=client.secret, **wired)

    def auth(
        self,
        client: AppClientSettings | None = None,
        *,
        store: TokenStore | None = None,
        namespace: str | None = None,
    ) -> Auth:
        """Return an `Auth` that calls this pool, on the same clock."""
        return self.user_pool(client).auth(store=store, namespace=namespace)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Do nothing: the pool is in memory, so nothing needs closing."""


def __dir__() -> list[str]:
    return sorted(__all__)
