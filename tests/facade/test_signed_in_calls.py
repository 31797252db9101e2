"""All calls of a signed-in user: they need a session, refresh expired tokens, and are retried only if harmless."""

from __future__ import annotations

import httpx
import pytest

from cognito_async import CognitoUser, Tokens, errors
from tests.support import DEVICE_KEY, USER_CALLS, jwt, scripted, tokens_reply, user_of

pytestmark = pytest.mark.anyio

# These calls send a code, or use something up that a retry would need.
NOT_RETRIED = {
    "update_attributes",
    "send_attribute_code",
    "confirm_attribute",
    "change_password",
    "setup_totp",
    "verify_totp",
    "forget_device",
    "step_up",
    "delete",
}
REPLY = tokens_reply() | {
    "UserAttributes": [],
    "SecretCode": "MZXW6YTB",
    "Status": "SUCCESS",
    "Device": {"DeviceKey": DEVICE_KEY},
}


@pytest.mark.parametrize("name", USER_CALLS)
@pytest.mark.table
async def test_call_needs_a_signed_in_user(name: str) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.NotSignedIn):
        await USER_CALLS[name](pool.user("alice"))
    with pytest.raises(errors.ConfigurationError, match="a copy without a client"):
        await USER_CALLS[name](CognitoUser("alice"))
    assert not recorder.calls


@pytest.mark.parametrize("name", USER_CALLS)
@pytest.mark.table
async def test_call_refreshes_an_expired_access_token(name: str) -> None:
    refreshed = jwt(username="alice", exp=4_000_000_000, renewed=True)
    pool, recorder = scripted({"AuthenticationResult": {"AccessToken": refreshed}}, REPLY)
    await USER_CALLS[name](pool.user_from_tokens(Tokens(jwt(username="alice", exp=1), None, "refresh")))
    assert recorder.operations[0] == "GetTokensFromRefreshToken"
    [(_, body)] = recorder.calls[1:]
    assert refreshed in (body.get("AccessToken"), body.get("AuthParameters", {}).get("ACCESS_TOKEN"))


@pytest.mark.parametrize("name", USER_CALLS)
@pytest.mark.table
async def test_lost_reply_is_retried_only_if_harmless(name: str) -> None:
    user, recorder = user_of(httpx.ReadError("gone"), REPLY)
    if name in NOT_RETRIED:
        with pytest.raises(errors.OutcomeUnknown):
            await USER_CALLS[name](user)
        assert len(recorder.calls) == 1
    else:
        await USER_CALLS[name](user)
        assert len(recorder.calls) == 2 and recorder.calls[0] == recorder.calls[1]
