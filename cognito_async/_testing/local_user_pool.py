"""The local user pool of one program, with all that its tests need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Literal, Self, Unpack, cast
from urllib.parse import urlsplit

import httpx

from .._aws.identity import Credentials
from .._client.config import PoolOptions, mask_options, show_options
from .._core import signatures
from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.redact import mask
from .._core.secret import Secret
from .._facade.pool import Auth, UserPool
from .._local.asgi import LocalApp
from .._local.clock import MovableClock
from .._local.faults import Faults
from .._local.httpx_adapter import LocalTransport
from .._local.kms.client import LocalKms
from .._local.service import LocalService
from .._local.settings.client import AppClientSettings
from .._local.settings.pool import PoolSettings
from .._local.state.entities import Message
from .._local.state.signing_keys import SigningKeys, shared_keys
from .._stores.store import TokenStore
from .new_users import DEFAULTS, UserOptions, new_user
from .pool_server import PoolServer
from .pool_users import PoolUser
from .token_signer import TokenSigner


class LocalUserPool:
    """A local user pool, to test your program in one process, without Cognito or a socket, on asyncio or trio.

    Several event loops and threads can use it. The test client of a web framework, for example, runs in another thread.

    Args:
        settings: the settings of the user pool; `PoolSettings()` by default, with which users can sign up and in.
        client: the settings of the pool's first app client; `AppClientSettings()` by default.
        clock: the clock of the pool, and of the clients that `user_pool` and `auth` return; a new `MovableClock` by
            default.
        keys: the keys that sign tokens. By default, all these pools of a process share one pair. It is generated when
            it is first needed, which takes about half a second.

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
        self.settings = self.service.add_pool(settings, keys=keys or shared_keys)
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
    def faults(self) -> Faults:
        """The faults of the next requests. To add one, call `local.faults.throttle("InitiateAuth")`."""
        return self.service.faults

    @property
    def issuer(self) -> str:
        """The `iss` of the pool's tokens. It is the same for clients in this process and for those in others."""
        return self.settings.issuer

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys that verify the pool's tokens, as a JSON Web Key Set.

        If the pool has no keys yet, they are generated. That blocks for up to half a second.
        """
        return self.service.jwks(self.settings.id)

    @property
    def credentials(self) -> Credentials:
        """AWS credentials that this pool accepts for signed operations."""
        key_id, secret = next(iter(self.service.secret_keys.items()))
        return Credentials(key_id, secret)

    @property
    def kms(self) -> LocalKms:
        """KMS for custom senders in this process: `event.decrypt_code(kms=local.kms)`.

        Raises:
            ConfigurationError: if the extra `senders` is not installed.
        """
        return self.service.kms

    @property
    def app(self) -> LocalApp:
        """The pool as an ASGI application, for clients in other processes."""
        return LocalApp(self.service)

    def add_client(self, settings: AppClientSettings) -> AppClientSettings:
        """Add an app client to the user pool."""
        return self.service.add_client(self.settings.id, settings)

    @signatures.show_options(UserOptions, DEFAULTS)
    def make_user(self, username: str | None = None, **options: Unpack[UserOptions]) -> PoolUser:
        """Make a user who can sign in, in a few milliseconds. You can call it in sync code and on any event loop.

        The settings of the pool apply, as for a user that an administrator creates. But the pool calls no trigger, and
        sends no message. Attributes that the user needs and you do not give get made-up values: an email address, and
        those that the pool requires. A blank value leaves an attribute out. Contacts are verified, unless you say
        otherwise, or the user is `UNCONFIRMED`.

        Args:
            username: the username; if users sign up with a contact, this contact. By default, a new name.
            password: the password; a new one by default.
            groups: the names of the user's groups. Missing groups are created.
            mfa: the second factor, which is switched on: `"totp"`, `"sms"` or `"email"`; none by default. With
                `"totp"`, `user.totp_code()` returns the codes.
            attributes: the user's attributes.
            status: such as `"FORCE_CHANGE_PASSWORD"`, for which the password is temporary; `"CONFIRMED"` by default.
            enabled: whether the user may sign in, which is the default.
            client: the app client that issues `user.tokens`; the pool's first one by default.

        Raises:
            ConfigurationError: if the pool's settings do not allow this user, the name is taken, or an option is
                invalid.
        """
        options["password"] = mask(options.get("password"))
        client = options.get("client") or self.client
        if not isinstance(cast("Any", client), AppClientSettings):
            raise ConfigurationError("client must be the AppClientSettings of one of the pool's app clients")
        user, password = self.service.add_user(self.settings.id, new_user(username, options))
        return PoolUser(self.service, self.settings.id, client, user, Secret(password), self.user_pool)

    def auth_headers(
        self,
        user: PoolUser | str,
        *,
        token_use: Literal["access", "id"] = "access",  # noqa: S107 - a kind of token
    ) -> dict[str, str]:
        """Return the headers of a request that a user makes to your program: `{"Authorization": "Bearer …"}`.

        Args:
            user: a user, from `make_user`; or the token to send, such as one of `sign_token`.
            token_use: the token of the user to send: `"access"`, which is the default, or `"id"`.

        Raises:
            ConfigurationError: if the user cannot sign in, or an argument is invalid.
        """
        if isinstance(user, str):
            if user.count(".") != 2:
                raise ConfigurationError("user must be a PoolUser, from make_user, or a token")
            return {"Authorization": f"Bearer {user}"}
        if not isinstance(cast("Any", user), PoolUser):
            raise ConfigurationError("user must be a PoolUser, from make_user, or a token")
        if not user.is_of(self.service):
            raise ConfigurationError("user must be a user of this pool")
        if token_use not in ("access", "id"):
            raise ConfigurationError('token_use must be "access" or "id"')
        tokens = {"access": user.access_token, "id": user.id_token}
        return {"Authorization": f"Bearer {tokens[token_use]}"}

    @property
    def sign_token(self) -> TokenSigner:
        """Signs tokens with any claims: `local.sign_token(user, scope="orders/read")`. See `TokenSigner`."""
        return TokenSigner(self.service, self.settings, self.client)

    def rotate_keys(self, *, forget: bool = False) -> None:
        """Let the pool sign with new keys from now on. The first time, this blocks for about half a second.

        Args:
            forget: whether the pool refuses tokens that the old keys have signed, and no longer serves these keys. By
                default, it accepts them until they expire.
        """
        self.service.rotate_keys(self.settings.id, forget=forget)

    @contextmanager
    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, allowed_hosts: Iterable[str] = ()
    ) -> Iterator[PoolServer]:
        """Serve the pool to programs in other languages, and to sync clients, during a `with` block (extra `local`).

        The server runs in another thread. It is the same pool: with the users, the outbox, the clock and the
        faults of this object. The tokens do not name the server as their issuer, unless `issuer_endpoint` does.

        Args:
            host: the address to listen on; by default, one that other machines cannot reach.
            port: the port; a free one by default.
            allowed_hosts: other hosts that clients call the server by, such as the name of a container.

        Raises:
            ConfigurationError: if nothing can listen there, a host is malformed, or the extra is not installed.
        """
        with _server(LocalApp(self.service, allowed_hosts=allowed_hosts), host, port) as endpoint:
            yield PoolServer(endpoint, self.settings, self.client, self.credentials)

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
            endpoint=self._endpoint,
            http_client=httpx.AsyncClient(transport=LocalTransport(self.service), trust_env=False),
            credentials=self.credentials,
        )
        wired.update(options)
        wired["clock"] = options.get("clock") or self._clock
        return UserPool(self.settings.id, client.id, client_secret=client.secret, **wired)

    @property
    def _endpoint(self) -> str:
        """The address that clients in this process call. It is the issuer's, so that their verifiers accept tokens.

        Nothing connects to it, because the clients have a transport that calls the pool directly.
        """
        issuer = (self.settings.issuer_endpoint or "").rstrip("/")
        return issuer if issuer and not urlsplit(issuer).path else "http://localhost"

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


def _server(app: LocalApp, host: str, port: int) -> AbstractContextManager[str]:
    try:
        from .server import serving  # noqa: PLC0415 - imports uvicorn, which is an extra

        return serving(app, host, port)
    except ImportError:
        pass
    raise ConfigurationError("to serve a local pool, install uvicorn: pip install 'cognito-async[local]'")
