"""What all calls of a signed-in user have in common: a token that is there, valid and renewed in time, and no harm."""

from __future__ import annotations

import httpx
import pytest

from cognito_async import CognitoUser, Tokens, errors
from tests.support import DEVICE_KEY, USER_CALLS, jwt, refusal, scripted, tokens_reply, user_of

pytestmark = pytest.mark.anyio

# What sends a code, or is spent or gone when it has been done.
ONCE = {
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
async def test_it_needs_somebody_who_is_signed_in(name: str) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.NotSignedIn):
        await USER_CALLS[name](pool.user("alice"))
    with pytest.raises(errors.ConfigurationError, match="a copy without a client"):
        await USER_CALLS[name](CognitoUser("alice"))
    assert not recorder.calls


@pytest.mark.parametrize("name", USER_CALLS)
async def test_it_renews_an_access_token_that_has_expired(name: str) -> None:
    renewed = jwt(username="alice", exp=4_000_000_000, renewed=True)
    pool, recorder = scripted({"AuthenticationResult": {"AccessToken": renewed}}, REPLY)
    await USER_CALLS[name](pool.user_from_tokens(Tokens(jwt(username="alice", exp=1), None, "refresh")))
    assert recorder.operations[0] == "GetTokensFromRefreshToken"
    [(_, body)] = recorder.calls[1:]
    assert renewed in (body.get("AccessToken"), body.get("AuthParameters", {}).get("ACCESS_TOKEN"))


@pytest.mark.parametrize("name", USER_CALLS)
async def test_a_session_that_was_ended_elsewhere_is_told_and_left_to_the_program(name: str) -> None:
    user, recorder = user_of(refusal("NotAuthorizedException", "Access Token has been revoked"))
    with pytest.raises(errors.NotAuthorizedException):
        await USER_CALLS[name](user)
    assert user.signed_in and len(recorder.calls) == 1


@pytest.mark.parametrize("name", USER_CALLS)
async def test_a_lost_reply_is_asked_for_again_only_where_that_does_no_harm(name: str) -> None:
    user, recorder = user_of(httpx.ReadError("gone"), REPLY)
    if name in ONCE:
        with pytest.raises(errors.OutcomeUnknown):
            await USER_CALLS[name](user)
        assert len(recorder.calls) == 1
    else:
        await USER_CALLS[name](user)
        assert len(recorder.calls) == 2 and recorder.calls[0] == recorder.calls[1]
