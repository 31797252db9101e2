"""`CognitoTestMixin`: the fixtures of the plugin for `unittest`, with each of its base classes."""

from __future__ import annotations

import unittest
from typing import Any

import django.test
import httpx
import pytest

from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from cognito_async.testing import CognitoTestMixin
from tests.django_project import set_up_django


def run(case: type[unittest.TestCase]) -> None:
    """Run all tests of a class, which must pass."""
    result = unittest.defaultTestLoader.loadTestsFromTestCase(case).run(unittest.TestResult())
    assert result.wasSuccessful() and result.testsRun, [*result.errors, *result.failures]


def test_each_test_of_a_class_has_its_own_pool() -> None:
    pools: set[LocalUserPool] = set()

    class Case(CognitoTestMixin, unittest.TestCase):
        cognito_settings = PoolSettings(id="eu-central-1_Mine", mfa="OPTIONAL")
        cognito_client_settings = AppClientSettings(id="mine")

        def test_first(self) -> None:
            pools.add(self.cognito_pool)
            user = self.make_user("alice", groups=["editors"], mfa="totp")
            assert self.cognito_pool is self.cognito_pool and self.cognito_user is self.cognito_user
            assert self.auth_headers(user) == {"Authorization": f"Bearer {user.access_token}"}
            assert self.auth_headers(user, token_use="id") == {"Authorization": f"Bearer {user.id_token}"}
            assert user.totp_code() and self.sign_token.expired(user)

        def test_second(self) -> None:
            pools.add(self.cognito_pool)
            self.make_user("alice")
            assert (self.cognito_pool.settings.id, self.cognito_pool.client.id) == ("eu-central-1_Mine", "mine")
            self.cognito_faults.throttle()
            assert self.cognito_clock is self.cognito_pool.clock
            assert repr(self.cognito_pool.faults) == "Faults(refusal of any operation)"

    run(Case)
    assert len(pools) == 2


def test_server_runs_until_the_end_of_the_test() -> None:
    urls: list[str] = []

    class Case(CognitoTestMixin, unittest.TestCase):
        def test_keys(self) -> None:
            assert self.cognito_server is self.cognito_server
            urls.append(self.cognito_server.jwks_url)
            assert httpx.get(urls[0], trust_env=False, verify=False).json() == self.cognito_pool.jwks

    run(Case)
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0], trust_env=False, verify=False)


def test_async_test_case_signs_in() -> None:
    class Case(CognitoTestMixin, unittest.IsolatedAsyncioTestCase):
        async def test_sign_in(self) -> None:
            user = self.cognito_user
            pool = self.cognito_pool.user_pool()
            assert (await pool.sign_in(user.username, user.password)).signed_in
            assert (await pool.verifier().verify(user.access_token)).sub == user.sub

    run(Case)


def test_test_case_of_django_works() -> None:
    set_up_django()

    class Case(CognitoTestMixin, django.test.SimpleTestCase):  # type: ignore[misc, unused-ignore]
        def test_headers(self) -> None:
            request: Any = django.test.RequestFactory().get("/", headers=self.auth_headers(self.cognito_user))
            assert request.headers["Authorization"] == f"Bearer {self.cognito_user.access_token}"

    run(Case)


def test_mixin_is_no_test_itself() -> None:
    assert not CognitoTestMixin.__name__.startswith("Test")
    assert not issubclass(CognitoTestMixin, unittest.TestCase)
