"""Error replies of the service, or of a proxy in front of it: one test for each form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._aws._generated.errors import ERRORS
from cognito_async._aws.faults import fault
from cognito_async._aws.rpc import Effect, RpcReply, RpcRequest
from cognito_async._core.errors import CognitoError, InvalidReply, ServiceError, UnknownServiceError
from cognito_async._core.secret import Secret, Text

REQUEST = RpcRequest("SignUp", b"{}", Effect.ONCE, secrets=("correct-horse", "correct-horse-battery"))


def failed(body: Any = b"", *, status: int = 400, **headers: str) -> CognitoError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return fault(REQUEST, RpcReply(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw))


def test_type_in_the_body_selects_the_error() -> None:
    error = failed({"__type": "NotAuthorizedException", "message": "Incorrect username or password."})
    assert type(error) is ERRORS["NotAuthorizedException"]
    assert (error.code, error.message) == ("NotAuthorizedException", "Incorrect username or password.")
    assert (error.status_code, error.operation) == (400, "SignUp")


@pytest.mark.parametrize(
    "written",
    [
        "ExpiredCodeException",
        "ExpiredCodeException:",
        "com.amazonaws.cognito#ExpiredCodeException",
        "ExpiredCodeException:http://internal.amazon.com/coral/",
        "aws.protocoltests#ExpiredCodeException:http://internal.amazon.com/x#y",
        "ExpiredCodeException,SomethingElse",
        " ExpiredCodeException ",
    ],
)
@pytest.mark.parametrize("place", ["header", "__type", "code"])
def test_error_name_is_parsed_in_every_form_and_place(written: str, place: str) -> None:
    error = failed({}, x_amzn_errortype=written) if place == "header" else failed({place: written})
    assert type(error) is ERRORS["ExpiredCodeException"]


def test_error_name_in_the_header_precedes_the_code_and_then_the_type() -> None:
    body = {"code": "AliasExistsException", "__type": "UsernameExistsException"}
    assert failed(body, x_amzn_errortype="ExpiredCodeException:").code == "ExpiredCodeException"
    assert failed(body).code == "AliasExistsException"
    assert failed({**body, "code": 400}).code == "UsernameExistsException"
    assert failed(body, x_amzn_errortype=":").code == "AliasExistsException"


@pytest.mark.parametrize("name", ["message", "Message"])
def test_message_is_found_in_both_spellings(name: str) -> None:
    assert failed({"__type": "UsernameExistsException", name: "User already exists"}).message == "User already exists"


def test_message_of_the_header_is_used_without_one_in_the_body() -> None:
    error = failed(b"", x_amzn_errortype="ExpiredCodeException:", x_amzn_errormessage="Invalid code")
    assert (error.code, error.message) == ("ExpiredCodeException", "Invalid code")


def test_error_has_the_request_id() -> None:
    assert failed({}, x_amzn_requestid="5a2c").request_id == "5a2c"


def test_error_has_the_reason_code() -> None:
    error = failed({"__type": "InvalidParameterException", "message": "no", "reasonCode": "TooLong"})
    assert (error.reason_code, error.trigger) == ("TooLong", None)


def test_validation_message_is_unchanged() -> None:
    text = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must …"
    assert failed({"__type": "InvalidParameterException", "message": text}).message == text


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SerializationException", 400),
        ("UnknownOperationException", 400),
        ("InvalidAction", 400),
        ("ThrottlingException", 400),
        ("RequestLimitExceeded", 503),
        ("SomethingNewException", 400),
    ],
)
def test_unknown_code_is_preserved(code: str, status: int) -> None:
    error = failed({"__type": code, "message": "why"}, status=status)
    assert type(error) is UnknownServiceError
    assert (error.code, error.message, error.status_code) == (code, "why", status)


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        ("TooManyRequestsException", "Rate exceeded", 400),
        ("LimitExceededException", "Attempt limit exceeded, please try after some time.", 400),
        ("NotAuthorizedException", "Password attempts exceeded", 400),
        ("TooManyFailedAttemptsException", "whatever", 400),
        ("ForbiddenException", "Request not allowed due to WAF captcha.", 403),
        ("InternalErrorException", "", 500),
    ],
)
def test_limit_and_service_errors_have_their_classes(code: str, text: str, status: int) -> None:
    error = failed({"__type": code, "message": text}, status=status)
    assert type(error) is ERRORS[code]
    assert (error.message, error.status_code) == (text, status)


@pytest.mark.parametrize("status", [403, 405, 413, 502])
@pytest.mark.parametrize("body", [b"", b"<html>Forbidden</html>", b"[1]", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_unreadable_body_gives_an_error_with_the_status(status: int, body: bytes) -> None:
    error = failed(body, status=status)
    assert type(error) is UnknownServiceError
    assert (error.code, error.status_code) == (None, status)
    assert str(status) in error.message


def test_html_with_the_error_header_is_a_service_error() -> None:
    assert type(failed(b"<html>", x_amzn_errortype="ForbiddenException")) is ERRORS["ForbiddenException"]


@pytest.mark.parametrize("code", ["UserLambdaValidationException", "UnexpectedLambdaException"])
def test_name_of_a_trigger_is_separated_from_its_message(code: str) -> None:
    error = failed({"__type": code, "message": "PreSignUp failed with error Not from\nhere."})
    assert (error.trigger, error.message) == ("PreSignUp", "Not from\nhere.")


def test_other_messages_of_trigger_errors_are_unchanged() -> None:
    error = failed({"__type": "UserLambdaValidationException", "message": "it failed"})
    assert (error.trigger, error.message) == (None, "it failed")
    assert failed({"__type": "UserLambdaValidationException"}).message == ""


def test_trigger_prefix_is_ignored_in_other_errors() -> None:
    error = failed({"__type": "NotAuthorizedException", "message": "PreSignUp failed with error no"})
    assert (error.trigger, error.message) == (None, "PreSignUp failed with error no")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert failed({}, retry_after=value, date="Fri, 02 Jan 2026 03:04:05 GMT").retry_after == seconds


def test_retry_after_date_needs_the_date_of_the_reply() -> None:
    assert failed({}, retry_after="Fri, 02 Jan 2026 03:04:35 GMT").retry_after is None
    assert failed({}).retry_after is None


def test_class_and_code_of_an_error_are_shown_even_if_the_secrets_are_too_long_for_a_search() -> None:
    request = RpcRequest("SignUp", b"{}", Effect.ONCE, secrets=("A" * 200_000,))
    reply = RpcReply(400, {}, b'{"__type": "InvalidParameterException", "message": "AAAA is wrong"}')
    error = fault(request, reply)
    assert type(error) is ERRORS["InvalidParameterException"]
    assert (error.code, error.message) == ("InvalidParameterException", "***")


def test_echoed_secrets_are_masked_in_every_field() -> None:
    echo = "x-correct-horse-battery"
    error = failed(
        {"message": f"{echo} is weak", "reasonCode": echo, "__type": echo}, x_amzn_requestid=echo, status=400
    )
    assert error.message == "x-*** is weak"
    assert "correct-horse" not in str(vars(error)) + str(error)


SERVICE_ID = "0f9c3a5e-1234-4a6b-8c9d-0123456789ab"


def id_shown(*secrets: str, **headers: Text) -> str | None:
    request = RpcRequest("SignUp", b"{}", Effect.ONCE, secrets=secrets, headers=headers)
    return fault(request, RpcReply(400, {"x-amzn-requestid": SERVICE_ID}, b"")).request_id


def test_id_of_the_service_is_shown_unless_it_is_a_secret() -> None:
    assert id_shown() == id_shown("", "0f9c", "another secret", key="0f9c3a5e") == SERVICE_ID
    assert id_shown("x", SERVICE_ID) == id_shown(SERVICE_ID.upper()) == id_shown(f"eu-west-1:{SERVICE_ID}!") == "***"
    assert id_shown(key=Secret(SERVICE_ID)) == id_shown(key=Secret(SERVICE_ID.upper())) == "***"
    assert id_shown("0123456789AB") == SERVICE_ID.replace("0123456789ab", "***")


def test_id_of_the_service_is_shown_even_if_the_secrets_are_too_long_for_a_search() -> None:
    assert id_shown("A" * 200_000) == SERVICE_ID
    assert id_shown("A" * 200_000 + SERVICE_ID.upper()) == "***"


def test_secrets_are_masked_before_long_messages_are_cut() -> None:
    error = failed({"__type": "InvalidParameterException", "message": "x" * 990 + "correct-horse-battery"})
    assert error.message == "x" * 990 + "***"
    assert len(failed({"message": "y" * 5000}).message) == 1000
    assert len(failed({"__type": "y" * 5000}).code or "") == 128


@pytest.mark.parametrize("status", [101, 204, 302, 307])
def test_unexpected_status_is_an_invalid_reply(status: int) -> None:
    error = failed({"__type": "NotAuthorizedException"}, status=status, x_amzn_requestid="r")
    assert type(error) is InvalidReply
    assert (error.status_code, error.request_id, error.operation) == (status, "r", "SignUp")


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_each_error_of_the_model_has_a_class(code: str) -> None:
    assert type(failed({"__type": code})) is ERRORS[code]
    assert ERRORS[code].__name__ == code


@given(
    st.integers(400, 599),
    st.binary()
    | st.dictionaries(st.text(), st.none() | st.text() | st.integers()).map(lambda d: json.dumps(d).encode()),
    st.dictionaries(st.sampled_from(["x-amzn-errortype", "retry-after", "date", "x-amzn-requestid"]), st.text()),
)
def test_any_reply_gives_a_service_error(status: int, body: bytes, headers: dict[str, str]) -> None:
    assert isinstance(fault(REQUEST, RpcReply(status, headers, body)), ServiceError)
