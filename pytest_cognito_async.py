"""The pytest plugin of cognito-async: fixtures with a user pool in memory, for the tests of any Cognito application.

pytest loads this module in every run of an environment where the package is installed. So it must not import the
package, which takes a fifth of a second, before a test uses one of the fixtures. It stands outside of the package,
because the import of a part of a package imports the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cognito_async.integrations.pytest import AuthHeaders, MakeUser
    from cognito_async.local import (
        AppClientSettings,
        Faults,
        LocalUserPool,
        MovableClock,
        PoolServer,
        PoolSettings,
        PoolUser,
        TokenSigner,
    )


@pytest.fixture
def cognito_settings() -> PoolSettings:
    """The settings of the user pool. Override this fixture to change them: return `PoolSettings(…)`."""
    from cognito_async.local import PoolSettings

    return PoolSettings()


@pytest.fixture
def cognito_client_settings() -> AppClientSettings:
    """The settings of the app client. Override this fixture to change them: return `AppClientSettings(…)`."""
    from cognito_async.local import AppClientSettings

    return AppClientSettings()


@pytest.fixture
def cognito_pool(cognito_settings: PoolSettings, cognito_client_settings: AppClientSettings) -> LocalUserPool:
    """A local user pool, a new one for each test. Pass `cognito_pool.user_pool()` to your program."""
    from cognito_async.local import LocalUserPool

    return LocalUserPool(cognito_settings, cognito_client_settings)


@pytest.fixture
def make_user(cognito_pool: LocalUserPool) -> MakeUser:
    """Make a user of the pool: `make_user("alice", groups=["editors"], mfa="totp")`. See `LocalUserPool.make_user`."""
    return cognito_pool.make_user


@pytest.fixture
def cognito_user(cognito_pool: LocalUserPool) -> PoolUser:
    """A user of the pool, who can sign in: `cognito_user.username`, `.password`, `.tokens`, `.signed_in()`."""
    # Not by the fixture `make_user`: many test suites have their own with this name.
    return cognito_pool.make_user()


@pytest.fixture
def auth_headers(cognito_pool: LocalUserPool) -> AuthHeaders:
    """Return the headers of a user's request to your program: `client.get("/me", headers=auth_headers(user))`."""
    return cognito_pool.auth_headers


@pytest.fixture
def sign_token(cognito_pool: LocalUserPool) -> TokenSigner:
    """Sign a token with any claims: `sign_token(user, scope="orders/read")`, `sign_token.expired(user)`, and others."""
    return cognito_pool.sign_token


@pytest.fixture
def cognito_clock(cognito_pool: LocalUserPool) -> MovableClock:
    """The clock of the pool and its clients: `cognito_clock.advance(3600)` lets tokens expire."""
    return cognito_pool.clock


@pytest.fixture
def cognito_faults(cognito_pool: LocalUserPool) -> Faults:
    """Faults of the next requests: `cognito_faults.throttle("InitiateAuth")`, `.time_out()`, `.lose_reply()`."""
    return cognito_pool.faults


@pytest.fixture
def cognito_server(cognito_pool: LocalUserPool) -> Iterator[PoolServer]:
    """The pool, served on a port of this machine for the length of the test: `cognito_server.endpoint`, `.env`."""
    with cognito_pool.serve() as server:
        yield server
