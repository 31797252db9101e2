"""What all calls of a signed-in user have in common: a token that is there, valid and renewed in time, and no harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from cognito_async import CognitoUser, Tokens, errors
from tests.support import DEVICE_KEY, jwt, refusal, scripted, user_of

pytestmark = pytest.mark.anyio

CALLS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "attributes": lambda user: user.attributes(),
    "update_attributes": lambda user: user.update_attributes({"nickname": "Al"}),
    "delete_attributes": lambda user: user.delete_attributes(["nickname"]),
    "send_attribute_code": lambda user: user.send_attribute_code("email"),
    "confirm_attribute": lambda user: user.confirm_attribute("email", "123456"),
    "verified_contacts": lambda user: user.verified_contacts(),
    "auth_factors": lambda user: user.auth_factors(),
    "change_password": lambda user: user.change_password("old", "new"),
    "mfa_preference": lambda user: user.mfa_preference(),
    "set_mfa_preference": lambda user: user.set_mfa_preference(totp="ENABLED"),
    "setup_totp": lambda user: user.setup_totp(),
    "verify_totp": lambda user: user.verify_totp("123456"),
    "devices": lambda user: user.devices(),
    "device": lambda user: user.device(DEVICE_KEY),
    "remember_device": lambda user: user.remember_device(DEVICE_KEY),
    "forget_device": lambda user: user.forget_device(DEVICE_KEY),
    "delete": lambda user: user.delete(),
}
# What sends a code, or is spent or gone when it has been done.
ONCE = {
    "update_attributes",
    "send_attribute_code",
    "confirm_attribute",
    "change_password",
    "setup_totp",
    "verify_totp",
    "forget_device",
    "delete",
}
REPLY = {"UserAttributes": [], "SecretCode": "MZXW6YTB", "Status": "SUCCESS", "Device": {"DeviceKey": DEVICE_KEY}}


@pytest.mark.parametrize("name", CALLS)
async def test_it_needs_somebody_who_is_signed_in(name: str) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.NotSignedIn):
        await CALLS[name](pool.user("alice"))
    with pytest.raises(errors.ConfigurationError, match="a name only"):
        await CALLS[name](CognitoUser("alice"))
    assert not recorder.calls


@pytest.mark.parametrize("name", CALLS)
async def test_it_renews_an_access_token_that_has_expired(name: str) -> None:
    renewed = jwt(username="alice", exp=4_000_000_000, renewed=True)
    pool, recorder = scripted({"AuthenticationResult": {"AccessToken": renewed}}, REPLY)
    await CALLS[name](pool.user_from_tokens(Tokens(jwt(username="alice", exp=1), None, "refresh")))
    assert recorder.operations[0] == "GetTokensFromRefreshToken"
    assert [body["AccessToken"] for _, body in recorder.calls[1:]] == [renewed]


@pytest.mark.parametrize("name", CALLS)
async def test_a_session_that_was_ended_elsewhere_is_told_and_left_to_the_program(name: str) -> None:
    user, recorder = user_of(refusal("NotAuthorizedException", "Access Token has been revoked"))
    with pytest.raises(errors.NotAuthorizedException):
        await CALLS[name](user)
    assert user.signed_in and len(recorder.calls) == 1


@pytest.mark.parametrize("name", CALLS)
async def test_a_lost_reply_is_asked_for_again_only_where_that_does_no_harm(name: str) -> None:
    user, recorder = user_of(httpx.ReadError("gone"), REPLY)
    if name in ONCE:
        with pytest.raises(errors.OutcomeUnknown):
            await CALLS[name](user)
        assert len(recorder.calls) == 1
    else:
        await CALLS[name](user)
        assert len(recorder.calls) == 2 and recorder.calls[0] == recorder.calls[1]
