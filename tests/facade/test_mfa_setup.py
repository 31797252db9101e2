"""An authenticator app set up in two requests: one shows the secret, another brings the app's first code."""

from __future__ import annotations

import pytest

from cognito_async import challenges, errors
from cognito_async.local import LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.support import make_user, scripted, tokens_reply

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"
KEY = "k" * 32


async def test_an_app_associated_in_one_process_is_verified_in_another() -> None:
    local = LocalUserPool(PoolSettings(mfa="ON"))
    await make_user(local)
    asked = (await local.user_pool().sign_in("alice", PASSWORD)).challenge
    assert isinstance(asked, challenges.MfaSetup)
    secret = (await asked.associate()).secret
    state = asked.to_state(KEY)

    resumed = local.user_pool().resume(state, KEY)
    assert isinstance(resumed, challenges.MfaSetup)
    right = totp_code(secret, local.clock.now())
    with pytest.raises(errors.EnableSoftwareTokenMFAException):
        await resumed.verify(f"{(int(right) + 1) % 1_000_000:06}")
    result = await resumed.verify(right, "my phone")
    assert result.signed_in and (await result.user.mfa_preference()).enabled == ("SOFTWARE_TOKEN_MFA",)


async def test_a_signed_in_user_verifies_an_app_by_another_object() -> None:
    local = LocalUserPool(PoolSettings(mfa="OPTIONAL"))
    await make_user(local)
    user = (await local.user_pool().sign_in("alice", PASSWORD)).user
    secret = (await user.setup_totp()).secret
    again = local.user_pool().user_from_state(user.to_state(KEY), KEY)
    await again.verify_totp(totp_code(secret, local.clock.now()), "my phone")
    await again.set_mfa_preference(totp="PREFERRED")
    assert (await user.mfa_preference()).preferred == "SOFTWARE_TOKEN_MFA"


async def test_an_app_that_is_not_begun_with_cannot_be_verified() -> None:
    local = LocalUserPool(PoolSettings(mfa="ON"))
    await make_user(local)
    asked = (await local.user_pool().sign_in("alice", PASSWORD)).challenge
    assert isinstance(asked, challenges.MfaSetup)
    with pytest.raises(errors.ServiceError):
        await asked.verify("123456")
    setup = await asked.associate()
    assert (await setup.verify(totp_code(setup.secret, local.clock.now()))).signed_in


async def test_an_app_begun_anew_is_verified_anew() -> None:
    session, success = "session-one-of-twenty", {"Status": "SUCCESS", "Session": "session-two-of-twenty"}
    asks = {"ChallengeName": "MFA_SETUP", "Session": session, "ChallengeParameters": {"USERNAME": "alice"}}
    failed = 500, {"__type": "InternalErrorException", "message": ""}
    first, second = {"SecretCode": "A" * 16}, {"SecretCode": "B" * 16}
    pool, recorder = scripted(asks, first, success, failed, second, success, tokens_reply())
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert isinstance(challenge, challenges.MfaSetup)
    await challenge.associate()
    with pytest.raises(errors.InternalErrorException):
        await challenge.verify("123456")
    setup = await challenge.associate()
    assert setup.secret == "B" * 16 and (await setup.verify("654321")).signed_in
    assert recorder.operations.count("VerifySoftwareToken") == 2
