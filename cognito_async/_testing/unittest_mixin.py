"""The fixtures of the pytest plugin, for tests that are classes of `unittest`."""

from __future__ import annotations

import unittest
from functools import cached_property
from typing import ClassVar, Literal, Unpack, cast

from .._core import signatures
from .._core.redact import mask
from .._local.clock import MovableClock
from .._local.faults import Faults
from .._local.settings.client import AppClientSettings
from .._local.settings.pool import PoolSettings
from .local_user_pool import LocalUserPool
from .new_users import DEFAULTS, UserOptions
from .pool_server import PoolServer
from .pool_users import PoolUser
from .token_signer import TokenSigner


class CognitoTestMixin:
    """Use this as a base of a test class of `unittest`, to get a local user pool that is new for each of its tests.

    It comes before the other base: `class MyTest(CognitoTestMixin, unittest.TestCase)`. That may also be
    `unittest.IsolatedAsyncioTestCase` or a class of Django. The names are those of the pytest plugin's fixtures.

    Attributes:
        cognito_settings: the settings of the user pool, which your class can replace; `PoolSettings()` by default.
        cognito_client_settings: the settings of the app client; `AppClientSettings()` by default.
    """

    cognito_settings: ClassVar[PoolSettings | None] = None
    cognito_client_settings: ClassVar[AppClientSettings | None] = None

    @cached_property
    def cognito_pool(self) -> LocalUserPool:
        """The local user pool. Pass `self.cognito_pool.user_pool()` to your program."""
        return LocalUserPool(self.cognito_settings, self.cognito_client_settings)

    @cached_property
    def cognito_user(self) -> PoolUser:
        """A user of the pool, who can sign in."""
        return self.cognito_pool.make_user()

    @cached_property
    def cognito_server(self) -> PoolServer:
        """The pool, served on a port of this machine until the end of the test."""
        return cast("unittest.TestCase", self).enterContext(self.cognito_pool.serve())

    @property
    def cognito_clock(self) -> MovableClock:
        """The clock of the pool and its clients."""
        return self.cognito_pool.clock

    @property
    def cognito_faults(self) -> Faults:
        """The faults of the next requests."""
        return self.cognito_pool.faults

    @property
    def sign_token(self) -> TokenSigner:
        """Signs tokens with any claims: `self.sign_token(user, scope="orders/read")`."""
        return self.cognito_pool.sign_token

    @signatures.show_options(UserOptions, DEFAULTS)
    def make_user(self, username: str | None = None, **options: Unpack[UserOptions]) -> PoolUser:
        """Make a user of the pool: see `LocalUserPool.make_user`."""
        options["password"] = mask(options.get("password"))
        return self.cognito_pool.make_user(username, **options)

    def auth_headers(
        self,
        user: PoolUser | str,
        *,
        token_use: Literal["access", "id"] = "access",  # noqa: S107 - a kind of token
    ) -> dict[str, str]:
        """Return the headers of a request that a user makes to your program: see `LocalUserPool.auth_headers`."""
        return self.cognito_pool.auth_headers(user, token_use=token_use)
