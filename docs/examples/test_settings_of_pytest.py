"""A test with other settings of the user pool than the defaults."""

import pytest

from cognito_async.challenges import SoftwareTokenMfa
from cognito_async.integrations.pytest import MakeUser
from cognito_async.local import LocalUserPool, PoolSettings


@pytest.fixture
def cognito_settings() -> PoolSettings:
    return PoolSettings(mfa="OPTIONAL", username_attributes=("email",))


@pytest.mark.anyio
async def test_sign_in_with_an_app(
    cognito_pool: LocalUserPool, make_user: MakeUser
) -> None:
    user = make_user("alice@example.com", mfa="totp")
    # Pass this UserPool to your program; for an Auth, use cognito_pool.auth()
    pool = cognito_pool.user_pool()
    result = await pool.sign_in("alice@example.com", user.password)
    assert isinstance(result.challenge, SoftwareTokenMfa)
    assert (await result.challenge.answer(user.totp_code())).signed_in
