"""The guarantees of the generated models: names, required members, tolerant replies, hidden secrets."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from names import attribute
from pydantic import TypeAdapter, ValidationError

from cognito_async._aws._generated.admin_users import ListUsersRequest, UserType
from cognito_async._aws._generated.common import AttributeType, UserContextDataType
from cognito_async._aws._generated.profile import GetUserResponse
from cognito_async._aws._generated.sign_in import InitiateAuthRequest, InitiateAuthResponse
from cognito_async._aws._generated.sign_up import ConfirmSignUpRequest, SignUpRequest
from cognito_async._core.model import Model
from cognito_async._core.values import Blob, Timestamp

SECRET = "Marker-Secret-1!"


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("ClientId", "client_id"),
        ("MFAOptions", "mfa_options"),
        ("UserMFASettingList", "user_mfa_setting_list"),
        ("AllowedOAuthFlows", "allowed_oauth_flows"),
        ("CallbackURLs", "callback_urls"),
        ("WebAuthnConfiguration", "webauthn_configuration"),
        ("CSSVersion", "css_version"),
        ("Filter", "filter_"),
        ("From", "from_"),
        ("Schema", "schema_"),
        ("Type", "type_"),
        ("Secrets", "secrets_"),
    ],
)
def test_members_get_python_names(wire: str, python: str) -> None:
    assert attribute(wire) == python


def test_request_uses_python_names_and_sends_service_names() -> None:
    request = SignUpRequest(
        client_id="client", username="ada", user_attributes=[AttributeType(name="email", value="a@example.com")]
    )
    assert request.to_wire() == {
        "ClientId": "client",
        "Username": "ada",
        "UserAttributes": [{"Name": "email", "Value": "a@example.com"}],
    }


@pytest.mark.parametrize(
    "members",
    [
        {"ClientId": "client"},
        {"ClientId": "client", "Username": ""},
        {"ClientId": "client", "Username": 7},
        {"ClientId": "client", "Username": "ada", "UserAttributes": [{"Value": "nameless"}]},
    ],
)
def test_request_without_a_required_member_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SignUpRequest.model_validate(members)


def test_session_below_the_minimum_length_is_refused() -> None:
    with pytest.raises(ValidationError):
        InitiateAuthRequest(client_id="client", auth_flow="USER_AUTH", session="short")


def test_upper_limits_are_not_checked() -> None:
    assert ListUsersRequest(user_pool_id="p" * 100, limit=1000).limit == 1000


def test_unknown_enum_value_is_accepted() -> None:
    assert InitiateAuthResponse.model_validate({"ChallengeName": "RETINA_SCAN"}).challenge_name == "RETINA_SCAN"


def test_reply_may_lack_members_and_have_unknown_ones() -> None:
    reply = GetUserResponse.model_validate({"Favourite": "blue"})
    assert reply.username is None
    assert reply.model_extra == {"Favourite": "blue"}
    unknown = GetUserResponse.model_validate({"Favourite": None, "Other": "blue"})
    assert unknown.model_extra == {"Favourite": None, "Other": "blue"} and unknown.to_wire() == {"Other": "blue"}


@pytest.mark.parametrize(
    "model",
    [
        SignUpRequest(client_id=SECRET, username=SECRET, password=SECRET, secret_hash=SECRET),
        SignUpRequest(client_id="c", username="u", client_metadata={"key": SECRET}),
        SignUpRequest(client_id="c", username="u", validation_data=[AttributeType(name="key", value=SECRET)]),
        SignUpRequest(client_id="c", username="u", user_context_data=UserContextDataType(encoded_data=SECRET)),
        ConfirmSignUpRequest(client_id="c", username="u", confirmation_code=SECRET, session=SECRET * 2),
        InitiateAuthRequest(client_id="c", auth_flow="USER_PASSWORD_AUTH", auth_parameters={"PASSWORD": SECRET}),
        InitiateAuthResponse.model_validate({"Session": SECRET, "ChallengeParameters": {"SECRET_BLOCK": SECRET}}),
        InitiateAuthResponse.model_validate(
            {"AuthenticationResult": {"AccessToken": SECRET, "IdToken": SECRET, "RefreshToken": SECRET}}
        ),
    ],
)
def test_secrets_are_sent_but_never_shown(model: Model) -> None:
    assert SECRET in str(model.to_wire())
    assert SECRET not in repr(model)
    assert SECRET not in str(model.model_dump())
    assert SECRET not in model.model_dump_json()


def test_times_are_seconds_on_the_wire_and_aware_in_python() -> None:
    user = UserType.model_validate({"UserCreateDate": 1700000000.25})
    assert user.user_create_date == datetime(2023, 11, 14, 22, 13, 20, 250000, tzinfo=timezone.utc)
    assert user.to_wire() == {"UserCreateDate": 1700000000.25}


def test_time_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        UserType(user_create_date=datetime(2023, 11, 14))  # noqa: DTZ001 - the test needs a naive time
    east = datetime(2023, 11, 14, tzinfo=timezone(timedelta(hours=9)))
    assert TypeAdapter(Timestamp).dump_python(east, mode="json") == east.timestamp()


def test_bytes_are_base64_on_the_wire() -> None:
    blob = TypeAdapter(Blob)
    assert blob.validate_python(b"\xff\x00") == b"\xff\x00"
    assert blob.validate_python("/wA=") == b"\xff\x00"
    assert blob.dump_python(b"\xff\x00", mode="json") == "/wA="
    with pytest.raises(ValidationError, match="is not base64"):
        blob.validate_python("not base64!")
