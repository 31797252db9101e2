"""Helpers for tests with `unittest`, and tests for your own store.

`CognitoTestMixin` gives a test class a user pool in memory, as the fixtures of the pytest plugin do:

    class ProfileTest(CognitoTestMixin, unittest.TestCase):
        def test_profile_needs_a_token(self):
            user = self.make_user("alice", groups=["editors"])
            self.assertEqual(client.get("/me", headers=self.auth_headers(user)).status_code, 200)

Every `TokenStore` must pass all of `STORE_CHECKS`:

    import pytest
    from cognito_async.testing import STORE_CHECKS

    @pytest.mark.anyio
    @pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
    async def test_my_store(check, tmp_path):
        await check(lambda: MyStore(tmp_path / "sessions"))

A check is an async function. Pass it a function that takes no arguments and returns your store. Each time, that
function must return a new object with the same data, or the same object if only one can exist. The data must be empty
at first.

If the store violates the protocol, the check raises `AssertionError` with a sentence that says why. It ends within 20
seconds, even if the store hangs. A check needs no test runner. Run it on each event loop that your program uses.
"""

from __future__ import annotations

from ._stores.contract import MakeStore, StoreCheck
from ._stores.lock_contract import STORE_CHECKS
from ._testing.unittest_mixin import CognitoTestMixin

__all__ = ["STORE_CHECKS", "CognitoTestMixin", "MakeStore", "StoreCheck"]


def __dir__() -> list[str]:
    return sorted(__all__)
