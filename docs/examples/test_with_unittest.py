"""Tests with unittest, of sync and of async code."""

import unittest

from cognito_async import errors
from cognito_async.local import PoolSettings
from cognito_async.testing import CognitoTestMixin


class SignInTest(CognitoTestMixin, unittest.IsolatedAsyncioTestCase):
    cognito_settings = PoolSettings(alias_attributes=("email",))

    async def test_user_signs_in_with_an_email_address(self) -> None:
        self.make_user("alice", password="Passw0rd!")
        pool = self.cognito_pool.user_pool()
        result = await pool.sign_in("alice@example.com", "Passw0rd!")
        self.assertEqual(result.user.username, "alice")

    async def test_expired_token_is_refused(self) -> None:
        verifier = self.cognito_pool.user_pool().verifier()
        user = self.make_user(groups=["editors"])
        claims = await verifier.verify(user.access_token)
        self.assertEqual(claims.sub, user.sub)
        with self.assertRaises(errors.TokenExpired):
            await verifier.verify(self.sign_token.expired(user))
