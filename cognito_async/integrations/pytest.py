"""The types of the fixtures of the pytest plugin, for annotations in your tests. The plugin itself needs no import.

    from cognito_async.integrations.pytest import AuthHeaders, MakeUser

    def test_only_editors_may_edit(make_user: MakeUser, auth_headers: AuthHeaders) -> None:
        editor = make_user(groups=["editors"])
        assert client.put("/page", headers=auth_headers(editor)).status_code == 200

The classes of the other fixtures are in `cognito_async.local`.
"""

from __future__ import annotations

from typing import Literal, Protocol, Unpack

from .._testing.new_users import UserOptions
from .._testing.pool_users import PoolUser

__all__ = ["AuthHeaders", "MakeUser"]


class MakeUser(Protocol):
    """The type of the fixture `make_user`, which is `LocalUserPool.make_user`."""

    def __call__(self, username: str | None = None, **options: Unpack[UserOptions]) -> PoolUser:
        """Make a user who can sign in."""
        ...


class AuthHeaders(Protocol):
    """The type of the fixture `auth_headers`, which is `LocalUserPool.auth_headers`."""

    def __call__(self, user: PoolUser | str, *, token_use: Literal["access", "id"] = "access") -> dict[str, str]:  # noqa: S107
        """Return the headers of a request that a user makes to your program."""
        ...


def __dir__() -> list[str]:
    return sorted(__all__)
