"""The local service: `handle(request)` replies as Cognito's user pools do, without any network or file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from anyio.lowlevel import checkpoint

from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .admin.made_users import NewUser, add_user
from .faults import FaultQueue, Faults
from .kms.client import LocalKms
from .router import route
from .settings.client import AppClientSettings
from .settings.pool import PoolSettings
from .sign_in.completion import sign_in_directly
from .state.descriptions import Description
from .state.entities import Message, User
from .state.pools import Pool
from .state.service_state import ServiceState
from .state.signing_keys import KeyRing, SigningKeys
from .wire.refusals import Refusal
from .wire.replies import LocalResponse, refusal_response
from .wire.requests import LocalRequest

ACCESS_KEY_ID = "AKIDLOCAL"
SECRET_ACCESS_KEY = "local-secret-key"  # noqa: S105 - a key for tests, and public

_log = logging.getLogger("cognito_async.local")
_Settings = TypeVar("_Settings", PoolSettings, AppClientSettings)


class LocalService:
    """A service in memory, with any number of user pools.

    Call it through `LocalTransport`, an adapter for httpx, or `LocalApp`, an ASGI application. Several event loops and
    threads can use it.

    Args:
        clock: the clock by which codes, tokens and lockouts expire; the machine's by default.
        secret_keys: maps the access key ids that may call signed operations to their secret keys; by default, one
            pair that is public, for tests.
    """

    def __init__(self, *, clock: Clock | None = None, secret_keys: Mapping[str, str] | None = None) -> None:
        self._state = ServiceState(clock or Clock(), secret_keys or {ACCESS_KEY_ID: SECRET_ACCESS_KEY})
        self._faults = FaultQueue()

    @property
    def clock(self) -> Clock:
        """Return the clock by which codes, tokens and lockouts expire."""
        return self._state.clock

    @property
    def outbox(self) -> list[Message]:
        """Return the newest messages that the pools "sent", at most 1,000, the oldest first."""
        return self._state.outbox

    @property
    def kms(self) -> LocalKms:
        """Return KMS in process, for functions that decrypt the codes of custom senders."""
        return LocalKms(self._state.kms_keys)

    @property
    def secret_keys(self) -> Mapping[str, str]:
        """Return the access key ids that may call signed operations, with their secret keys."""
        return self._state.secret_keys

    @property
    def faults(self) -> Faults:
        """Return the faults of the next requests, to add some."""
        return Faults(self._faults)

    def add_pool(
        self, settings: PoolSettings | None = None, *, keys: SigningKeys | Callable[[], SigningKeys] | None = None
    ) -> PoolSettings:
        """Add a user pool, and return its settings.

        `keys` may be a function that generates them when they are first needed. By default, they are new ones.
        """
        settings = _checked(PoolSettings, settings)
        with self._state.steps:
            if settings.id in self._state.pools:
                raise ConfigurationError(f"the user pool {settings.id} exists already")
            self._state.add(Pool(settings, KeyRing(keys), Description.new(self._state.now())))
            self._state.template = settings
        return settings

    def add_client(self, user_pool_id: str, settings: AppClientSettings | None = None) -> AppClientSettings:
        """Add an app client to a user pool, and return its settings."""
        settings = _checked(AppClientSettings, settings)
        with self._state.steps:
            pool = self._pool(user_pool_id)
            settings.check_schema(pool.settings.schema)
            if any(settings.id in each.clients for each in self._state.pools.values()):
                raise ConfigurationError(f"the app client {settings.id} exists already")
            pool.set_client(settings, Description.new(self._state.now()))
        return settings

    def jwks(self, user_pool_id: str) -> dict[str, Any]:
        """Return the public keys of a user pool. If it has none yet, generate them, which blocks."""
        return self._pool(user_pool_id).keys.jwks_nowait()

    def signing_keys(self, user_pool_id: str) -> SigningKeys:
        """Return the keys with which a user pool signs now. If it has none yet, generate them, which blocks."""
        return self._pool(user_pool_id).keys.get_nowait()

    def rotate_keys(self, user_pool_id: str, *, forget: bool = False) -> None:
        """Let a user pool sign with other keys from now on. Generating them blocks.

        It still accepts the tokens that the old keys have signed, unless it has to `forget` them.
        """
        self._pool(user_pool_id).keys.rotate(forget=forget)

    def find_user(self, user_pool_id: str, username: str) -> User | None:
        """Return a user, to inspect it or to set a status that no operation produces."""
        with self._state.steps:
            return self._pool(user_pool_id).find(username)

    def add_user(self, user_pool_id: str, new: NewUser) -> tuple[User, str]:
        """Add a user to a user pool. Return the user and the password.

        Raises:
            ConfigurationError: if the pool's settings do not allow such a user.
        """
        with self._state.steps:
            try:
                return add_user(self._state, self._pool(user_pool_id), new)
            except Refusal as refusal:
                problem = refusal.message
        raise ConfigurationError(f"the user cannot be made: {problem}")

    async def sign_in(self, user_pool_id: str, client_id: str, user: User) -> Mapping[str, Any]:
        """Return the tokens that a sign-in would issue, as in its `AuthenticationResult`. No password is checked.

        Raises:
            ConfigurationError: if the user cannot sign in.
        """
        try:
            return await self._state.steps.run(sign_in_directly(self._state, self._pool(user_pool_id), client_id, user))
        except Refusal as refusal:
            problem = refusal.message
        raise ConfigurationError(f"{user.username} cannot sign in: {problem}")

    def _pool(self, user_pool_id: str) -> Pool:
        if user_pool_id not in self._state.pools:
            raise ConfigurationError(f"the user pool {user_pool_id} does not exist: add it first")
        return self._state.pools[user_pool_id]

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Return the response to one request. Raise nothing except cancellation."""
        await checkpoint()
        return await self._state.steps.run(self._handle(request))

    async def _handle(self, request: LocalRequest) -> LocalResponse:
        try:
            return await self._faults.apply(request, lambda: route(self._state, request))
        except Refusal as refusal:
            return refusal_response(self._state.now(), refusal)
        except Exception as error:  # noqa: BLE001 - a server replies even after a bug
            # Log the type only, because the message or the traceback could contain secrets of the client.
            _log.error("the local pool failed with %s", type(error).__name__)
            return refusal_response(self._state.now(), Refusal("InternalErrorException", "Internal error.", 500))


def _checked(kind: type[_Settings], settings: _Settings | None) -> _Settings:
    """Return the settings, or the default ones. Refuse an object of another class."""
    if settings is None:
        return kind()
    if not isinstance(cast("Any", settings), kind):
        raise ConfigurationError(f"the settings must be an object of the class {kind.__name__}")
    return settings
