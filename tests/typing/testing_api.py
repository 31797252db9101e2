"""The types that a type checker must see in tests of an application: run by mypy and pyright, never imported."""

from __future__ import annotations

import unittest
from typing import assert_type

from cognito_async import CognitoUser, Tokens
from cognito_async.integrations.pytest import AuthHeaders, MakeUser
from cognito_async.local import Faults, LocalUserPool, MovableClock, PoolServer, PoolSettings, PoolUser, TokenSigner
from cognito_async.testing import CognitoTestMixin


def test_with_fixtures(
    cognito_pool: LocalUserPool, make_user: MakeUser, auth_headers: AuthHeaders, sign_token: TokenSigner
) -> None:
    user = make_user("alice", groups=["editors"], mfa="totp", attributes={"name": "Al"}, status="UNCONFIRMED")
    assert_type(user, PoolUser)
    assert_type(make_user(), PoolUser)
    assert_type(user.tokens, Tokens)
    assert_type(
        (user.totp_code(), user.access_token, user.id_token, user.groups), tuple[str, str, str, tuple[str, ...]]
    )
    assert_type(user.signed_in(cognito_pool.user_pool()), CognitoUser)
    assert_type(auth_headers(user, token_use="id"), dict[str, str])
    assert_type(sign_token(user, scope="orders/read", **{"cognito:groups": ["x"]}), str)
    assert_type(sign_token.expired(), str)
    assert_type(cognito_pool.faults, Faults)
    make_user(mfa="SMS_MFA")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    make_user(group="editors")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    with cognito_pool.serve() as server:
        assert_type(server, PoolServer)
        assert_type(server.env, dict[str, str])
    fixture: MakeUser = cognito_pool.make_user
    headers: AuthHeaders = cognito_pool.auth_headers
    assert fixture and headers


class Case(CognitoTestMixin, unittest.TestCase):
    cognito_settings = PoolSettings(mfa="OPTIONAL")

    def test_with_mixin(self) -> None:
        assert_type(self.make_user("alice", mfa="totp"), PoolUser)
        assert_type(self.cognito_user, PoolUser)
        assert_type(self.cognito_server, PoolServer)
        assert_type(self.cognito_clock, MovableClock)
        assert_type(self.auth_headers(self.cognito_user), dict[str, str])
