"""A user that a test has made in a local pool, with all that the test may need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._core.errors import ConfigurationError
from .._core.secret import Secret
from .._facade.pool import UserPool
from .._facade.user.user import CognitoUser
from .._local.accounts.totp import unused_code
from .._local.service import LocalService
from .._local.settings.client import AppClientSettings
from .._local.state.entities import User
from .._tokens.tokens import Tokens
from .background import run_in_background


class PoolUser:
    """Use this as the user of a test: it has the name, the password, the tokens and the codes of an authenticator app.

    `local.make_user()` returns it. Its `repr` shows neither the password nor the tokens.
    """

    __slots__ = ("_client", "_connect", "_password", "_pool_id", "_service", "_tokens", "_user")

    def __init__(
        self,
        service: LocalService,
        pool_id: str,
        client: AppClientSettings,
        user: User,
        password: Secret[str],
        connect: Callable[[AppClientSettings], UserPool],
    ) -> None:
        self._service = service
        self._pool_id = pool_id
        self._client = client
        self._user = user
        self._password = password
        self._connect = connect
        self._tokens: Tokens | None = None

    def is_of(self, service: LocalService) -> bool:
        """Return whether the user was made in a pool of this service."""
        return self._service is service

    @property
    def username(self) -> str:
        """The username. If users sign up with a contact, it is the `sub`, and the user signs in with the contact."""
        return self._user.username

    @property
    def password(self) -> str:
        """The password with which the user was made."""
        return self._password.reveal()

    @property
    def sub(self) -> str:
        """The user's id."""
        return self._user.sub

    @property
    def attributes(self) -> Mapping[str, str]:
        """The attributes that the user has now, without `sub`."""
        return dict(self._user.attributes)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups in which the user is now, sorted."""
        return tuple(sorted(self._user.groups))

    @property
    def tokens(self) -> Tokens:
        """The tokens, issued at the first access as by a sign-in. Later they are the same, even if they have expired.

        Groups, roles and claims are in them. Of the triggers, only `pre_token_generation` is called: in another thread,
        while this one waits. The user has proved no factor, and the tokens belong to no device.

        Raises:
            ConfigurationError: if the user cannot sign in, such as a disabled one, or the trigger refuses.
        """
        if self._tokens is None:
            found = Secret(run_in_background(self._service.sign_in, self._pool_id, self._client.id, self._user))
            self._tokens = _tokens(found)
        return self._tokens

    @property
    def access_token(self) -> str:
        """The access token of `tokens`."""
        return self.tokens.access_token

    @property
    def id_token(self) -> str:
        """The ID token of `tokens`."""
        return str(self.tokens.id_token)

    def totp_code(self) -> str:
        """Return a code of the user's authenticator app. The pool accepts each code once.

        At most two codes in 30 seconds are accepted. To get more, move the clock: `local.clock.advance(30)`.

        Raises:
            ConfigurationError: if the user has no authenticator app, or has used all codes of this time.
        """
        app = self._user.software_token
        if app is None:
            raise ConfigurationError(f'{self.username} has no authenticator app: make the user with mfa="totp"')
        code = unused_code(app, self._service.clock.now())
        if code is None:
            raise ConfigurationError("each code is accepted once: advance the clock by 30 seconds to get another")
        return code

    def signed_in(self, pool: UserPool | None = None) -> CognitoUser:
        """Return the user, signed in with `tokens`.

        Args:
            pool: the client on which the calls of the user are made; a new one of the local pool by default.
        """
        return (pool or self._connect(self._client)).user_from_tokens(self.tokens)

    def __repr__(self) -> str:
        return f"PoolUser(username={self.username!r}, sub={self.sub!r}, groups={self.groups!r})"


def _tokens(result: Secret[Mapping[str, Any]]) -> Tokens:
    members = ("AccessToken", "IdToken", "RefreshToken")
    return Tokens(*(result.reveal()[each] for each in members))
