from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from cognito_async import RetryPolicy, errors
from cognito_async._aws._generated.profile import GET_USER, GetUserRequest
from cognito_async._aws._generated.sign_in import InitiateAuthRequest, RespondToAuthChallengeRequest
from cognito_async._aws._generated.sign_up import SIGN_UP, SignUpRequest
from cognito_async._aws.effects import effect_of
from cognito_async._aws.invoke import Invoker
from cognito_async._aws.rpc import Effect, RpcReply, RpcRequest
from cognito_async._core.clock import Deadline
from cognito_async._core.model import Model
from cognito_async.local import MovableClock
from cognito_async.lowlevel import invoke
from tests.support import scripted

pytestmark = pytest.mark.anyio


async def test_request_has_the_services_names_and_reply_is_typed() -> None:
    pool, recorder = scripted({"Username": "alice", "UserAttributes": [], "NewMember": {"kept": True}})
    reply = await invoke(pool, GET_USER, GetUserRequest(access_token="token"))
    assert recorder.calls == [("GetUser", {"AccessToken": "token"})]
    assert reply.username == "alice" and reply.user_attributes == []
    assert reply.model_extra == {"NewMember": {"kept": True}}


async def test_reply_of_a_wrong_shape_names_the_member() -> None:
    pool, _ = scripted({"Username": ["s3cret"]})
    with pytest.raises(errors.InvalidReply, match="at Username") as caught:
        await invoke(pool, GET_USER, GetUserRequest(access_token="token"))
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.operation == "GetUser" and caught.value.status_code == 200


async def call_with_reply(body: bytes) -> Any:
    """Make a call whose reply has this body."""

    class FixedReply:
        async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
            return RpcReply(200, {"x-amzn-requestid": "r-1"}, body)

    return await Invoker(FixedReply())(GET_USER, GetUserRequest(access_token="token"), Deadline(MovableClock(), None))


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"{}", b'{"Username": null}'])
async def test_empty_body_is_an_empty_object(body: bytes) -> None:
    assert (await call_with_reply(body)).to_wire() == {}


@pytest.mark.parametrize(
    "body",
    [
        *(b'{"Username": "\\ud83d\\ude00"}', '{"Username": "😀"}'.encode()),
        *(b'\xef\xbb\xbf{"Username": "\xf0\x9f\x98\x80"}', b'{"Username": "earlier", "Username": "\xf0\x9f\x98\x80"}'),
    ],
)
async def test_surrogate_pairs_are_decoded_in_every_form(body: bytes) -> None:
    assert (await call_with_reply(body)).username == "😀"


@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>", b'["top-secret"]', b'"top-secret"', b'{"a": "top-secret"', b"null", b'{"a": "top-secret"} {}'),
        *(b'{"a": "top-secret\\ud800"}', b'{"\\uDC80": "top-secret"}', b'{"a": "top-secret\xed\xa0\x80"}'),
        *(b'{"a": [' * 5_000, b"\xff", b'{"a": "top-secret\n"}'),
    ],
)
@pytest.mark.table
async def test_body_other_than_an_object_is_refused_without_leaking(body: bytes) -> None:
    with pytest.raises(errors.InvalidReply, match="is not a JSON object; check") as caught:
        await call_with_reply(body)
    error = caught.value
    assert (error.status_code, error.operation, error.request_id) == (200, "GetUser", "r-1")
    assert error.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert not any("top-secret" in line for line in _own_frames(shown))


async def test_too_large_request_is_not_sent() -> None:
    pool, recorder = scripted()
    request = SignUpRequest(client_id="c", username="u", client_metadata={"k": "v" * 300_000})
    with pytest.raises(errors.ConfigurationError, match="more than 262144 bytes"):
        await invoke(pool, SIGN_UP, request)
    assert not recorder.calls


async def test_unencodable_string_is_refused_without_leaking() -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.ConfigurationError, match="lone surrogate") as caught:
        await invoke(pool, GET_USER, GetUserRequest(access_token="s3cret\udc80"))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert not any("s3cret" in line for line in _own_frames("".join(shown.format()))) and not recorder.calls


@pytest.mark.parametrize("value", [object(), [b"\xff"], "itself"])
async def test_value_that_json_cannot_express_is_refused(value: Any) -> None:
    pool, recorder = scripted()
    unknown = [value]
    if value == "itself":
        unknown.append(unknown)
    members: Any = {"Unknown": unknown}
    with pytest.raises(errors.ConfigurationError, match="a member has a value that JSON cannot express"):
        await invoke(pool, SIGN_UP, SignUpRequest(client_id="c", username="u", **members))
    assert not recorder.calls


def _own_frames(text: str) -> list[str]:
    """Return the lines of a traceback that belong to the package's frames."""
    lines, own = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("File "):
            own = "/cognito_async/" in line and "/tests/" not in line
        if own:
            lines.append(line)
    return lines


async def test_echoed_secret_is_not_in_the_error() -> None:
    echo = (
        400,
        {"__type": "InvalidParameterException", "message": "bad value 'my-token-value' for client scriptedclient"},
    )
    pool, _ = scripted(echo)
    with pytest.raises(errors.InvalidParameterException) as caught:
        await invoke(pool, GET_USER, GetUserRequest(access_token="my-token-value"))
    assert caught.value.message == "bad value '***' for client scriptedclient"


ANY_REQUEST = GetUserRequest(access_token="token")


def _response(name: str) -> RespondToAuthChallengeRequest:
    return RespondToAuthChallengeRequest(client_id="c", challenge_name=name)


@pytest.mark.parametrize(
    ("operation", "request_", "effect"),
    [
        ("InitiateAuth", InitiateAuthRequest(auth_flow="USER_SRP_AUTH", client_id="c"), Effect.REPEATABLE),
        ("InitiateAuth", InitiateAuthRequest(auth_flow="USER_PASSWORD_AUTH", client_id="c"), Effect.ONCE),
        ("InitiateAuth", InitiateAuthRequest(auth_flow="REFRESH_TOKEN_AUTH", client_id="c"), Effect.REPEATABLE),
        ("InitiateAuth", InitiateAuthRequest(auth_flow="NEW_FLOW", client_id="c"), Effect.ONCE),
        ("RespondToAuthChallenge", _response("PASSWORD_VERIFIER"), Effect.ONCE),
        ("RespondToAuthChallenge", _response("SMS_MFA"), Effect.ONCE),
        ("SignUp", ANY_REQUEST, Effect.ONCE),
        ("ConfirmSignUp", ANY_REQUEST, Effect.ONCE),
        ("ResendConfirmationCode", ANY_REQUEST, Effect.ONCE),
        ("GetTokensFromRefreshToken", ANY_REQUEST, Effect.ONCE),
        ("GetUser", ANY_REQUEST, Effect.REPEATABLE),
        ("RevokeToken", ANY_REQUEST, Effect.REPEATABLE),
        ("GlobalSignOut", ANY_REQUEST, Effect.REPEATABLE),
        ("AdminCreateUser", ANY_REQUEST, Effect.ONCE),
        ("AdminUpdateUserAttributes", ANY_REQUEST, Effect.ONCE),
        ("AdminDisableUser", ANY_REQUEST, Effect.REPEATABLE),
        ("GetUserAttributeVerificationCode", ANY_REQUEST, Effect.ONCE),
        ("NotYetInvented", ANY_REQUEST, Effect.ONCE),
    ],
)
def test_effect_depends_on_operation_and_flow(operation: str, request_: Model, effect: Effect) -> None:
    assert effect_of(operation, request_) is effect


async def test_retries_follow_the_views_policy() -> None:
    throttled = (400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"})
    pool, recorder = scripted(throttled, throttled, {"Username": "alice"}, throttled)
    assert (await invoke(pool, GET_USER, GetUserRequest(access_token="t"))).username == "alice"
    assert len(recorder.calls) == 3
    with pytest.raises(errors.TooManyRequestsException):
        await invoke(pool.with_options(retry=RetryPolicy(max_attempts=1)), GET_USER, GetUserRequest(access_token="t"))
    assert len(recorder.calls) == 4


def test_model_masks_sensitive_and_unknown_members() -> None:
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
    with pytest.raises(TypeError, match="cannot be pickled"):
        request.__reduce__()


async def test_arguments_of_wrong_types_are_refused_unsent() -> None:
    pool, recorder = scripted()
    request = GetUserRequest(access_token="t")
    wrong: list[Any] = [
        (pool.auth(), GET_USER, request),
        (pool, "GetUser", request),
        (pool, GET_USER, {"AccessToken": "t"}),
        (pool, SIGN_UP, request),
    ]
    for arguments in wrong:
        with pytest.raises(errors.ConfigurationError, match="invoke needs"):
            await invoke(*arguments)
    assert not recorder.calls
