from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from cognito_async import RetryPolicy, errors
from cognito_async._generated.profile import GET_USER, GetUserRequest
from cognito_async._generated.sign_up import SIGN_UP, SignUpRequest
from cognito_async._operations.effects import effect_of
from cognito_async._transport.base import Effect
from cognito_async.lowlevel import invoke
from tests.support import scripted

pytestmark = pytest.mark.anyio


async def test_a_model_goes_out_under_the_services_names_and_comes_back_typed() -> None:
    pool, recorder = scripted({"Username": "alice", "UserAttributes": [], "NewMember": {"kept": True}})
    reply = await invoke(pool, GET_USER, GetUserRequest(access_token="token"))
    assert recorder.calls == [("GetUser", {"AccessToken": "token"})]
    assert reply.username == "alice" and reply.user_attributes == []
    assert reply.model_extra == {"NewMember": {"kept": True}}


async def test_a_reply_of_another_shape_is_refused_by_the_name_of_the_member() -> None:
    pool, _ = scripted({"Username": ["s3cret"]})
    with pytest.raises(errors.InvalidReply, match="at Username") as caught:
        await invoke(pool, GET_USER, GetUserRequest(access_token="token"))
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.operation == "GetUser" and caught.value.status_code == 200


async def test_a_request_that_is_too_large_is_not_sent() -> None:
    pool, recorder = scripted()
    request = SignUpRequest(client_id="c", username="u", client_metadata={"k": "v" * 300_000})
    with pytest.raises(errors.ConfigurationError, match="more than 262144 bytes"):
        await invoke(pool, SIGN_UP, request)
    assert not recorder.calls


async def test_a_text_that_cannot_be_sent_is_refused_without_showing_it() -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.ConfigurationError, match="lone surrogate") as caught:
        await invoke(pool, GET_USER, GetUserRequest(access_token="s3cret\udc80"))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert not any("s3cret" in line for line in _own_frames("".join(shown.format()))) and not recorder.calls


def _own_frames(text: str) -> list[str]:
    """The lines of a traceback that belong to the package's frames."""
    lines, own = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("File "):
            own = "/cognito_async/" in line and "/tests/" not in line
        if own:
            lines.append(line)
    return lines


async def test_what_a_server_echoes_of_a_secret_is_not_in_the_error() -> None:
    echo = (
        400,
        {"__type": "InvalidParameterException", "message": "bad value 'my-token-value' for client scriptedclient"},
    )
    pool, _ = scripted(echo)
    with pytest.raises(errors.InvalidParameterException) as caught:
        await invoke(pool, GET_USER, GetUserRequest(access_token="my-token-value"))
    assert caught.value.message == "bad value '***' for client scriptedclient"


@pytest.mark.parametrize(
    ("operation", "wire", "effect"),
    [
        ("InitiateAuth", {"AuthFlow": "USER_SRP_AUTH"}, Effect.REPEATABLE),
        ("InitiateAuth", {"AuthFlow": "USER_PASSWORD_AUTH"}, Effect.ONCE),
        ("InitiateAuth", {"AuthFlow": "REFRESH_TOKEN_AUTH"}, Effect.REPEATABLE),
        ("InitiateAuth", {"AuthFlow": "NEW_FLOW"}, Effect.ONCE),
        ("RespondToAuthChallenge", {"ChallengeName": "PASSWORD_VERIFIER"}, Effect.ONCE),
        ("RespondToAuthChallenge", {"ChallengeName": "SMS_MFA"}, Effect.ONCE),
        ("SignUp", {}, Effect.ONCE),
        ("ConfirmSignUp", {}, Effect.ONCE),
        ("ResendConfirmationCode", {}, Effect.ONCE),
        ("GetTokensFromRefreshToken", {}, Effect.ONCE),
        ("GetUser", {}, Effect.REPEATABLE),
        ("RevokeToken", {}, Effect.REPEATABLE),
        ("GlobalSignOut", {}, Effect.REPEATABLE),
        ("AdminCreateUser", {}, Effect.ONCE),
        ("NotYetInvented", {}, Effect.ONCE),
    ],
)
def test_what_may_be_repeated_follows_from_operation_and_flow(
    operation: str, wire: dict[str, Any], effect: Effect
) -> None:
    assert effect_of(operation, wire) is effect


async def test_retries_follow_the_policy_of_the_view() -> None:
    throttled = (400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"})
    pool, recorder = scripted(throttled, throttled, {"Username": "alice"}, throttled)
    assert (await invoke(pool, GET_USER, GetUserRequest(access_token="t"))).username == "alice"
    assert len(recorder.calls) == 3
    with pytest.raises(errors.TooManyRequestsException):
        await invoke(pool.with_options(retry=RetryPolicy(max_attempts=1)), GET_USER, GetUserRequest(access_token="t"))
    assert len(recorder.calls) == 4


def test_a_model_masks_what_is_sensitive_and_what_it_does_not_know() -> None:
    request = SignUpRequest.model_validate(
        {"ClientId": "c", "Username": "u", "Password": "s3cret-one", "Later": "s3cret-two"}
    )
    for shown in (
        repr(request),
        str(request),
        json.dumps(request.model_dump()),
        request.model_dump_json(by_alias=True),
    ):
        assert "s3cret" not in shown
    assert request.to_wire()["Password"] == "s3cret-one" and request.to_wire()["Later"] == "s3cret-two"
    with pytest.raises(TypeError, match="not pickled"):
        request.__reduce__()


async def test_arguments_of_another_type_are_refused_before_anything_is_sent() -> None:
    pool, recorder = scripted()
    request = GetUserRequest(access_token="t")
    wrong: list[Any] = [
        (pool.auth(), GET_USER, request),
        (pool, "GetUser", request),
        (pool, GET_USER, {"AccessToken": "t"}),
        (pool, SIGN_UP, request),
    ]
    for arguments in wrong:
        with pytest.raises(errors.ConfigurationError, match="invoke takes"):
            await invoke(*arguments)
    assert not recorder.calls
