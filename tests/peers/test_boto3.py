"""boto3 against our served local pool: boto3 parses the replies by the service's model, and signs its requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from .conftest import CODE, KEYS
from .running import AppClient, module

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
PASSWORD, WRONG = "Passw0rd!", "Passw1rd!"
LONGEST_TEST = timedelta(minutes=5)


@pytest.fixture
def cognito(administrator: Callable[[AppClient], Any], served: AppClient) -> Any:
    return administrator(served)


def listed(**attributes: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def plain(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in attributes}


def test_account_from_sign_up_to_deletion(cognito: Any, served: AppClient, name: str) -> None:
    refused = cognito.exceptions
    app: dict[str, Any] = {"ClientId": served.client_id}
    made = cognito.sign_up(
        **app, Username=name, Password=PASSWORD, UserAttributes=listed(email="alice@example.com", locale="de")
    )
    delivery = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert (made["UserConfirmed"], made["CodeDeliveryDetails"]) == (False, delivery)
    with pytest.raises(refused.UsernameExistsException, match=r"User already exists$"):
        cognito.sign_up(**app, Username=name, Password=PASSWORD)
    with pytest.raises(refused.InvalidPasswordException):
        cognito.sign_up(**app, Username=f"{name}-2", Password="short")
    with pytest.raises(refused.UserNotConfirmedException):
        sign_in(cognito, served, name)
    assert cognito.resend_confirmation_code(**app, Username=name)["CodeDeliveryDetails"] == delivery
    with pytest.raises(refused.CodeMismatchException):
        cognito.confirm_sign_up(**app, Username=name, ConfirmationCode="000000")
    cognito.confirm_sign_up(**app, Username=name, ConfirmationCode=CODE)
    with pytest.raises(refused.InvalidParameterException, match="User is already confirmed"):
        cognito.resend_confirmation_code(**app, Username=name)
    with pytest.raises(refused.NotAuthorizedException, match=r"Incorrect username or password\.$"):
        sign_in(cognito, served, name, WRONG)
    with pytest.raises(refused.UserNotFoundException, match=r"User does not exist\.$"):
        sign_in(cognito, served, f"{name}-2")

    tokens, other = sign_in(cognito, served, name), sign_in(cognito, served, name)
    assert (tokens["ExpiresIn"], tokens["TokenType"]) == (3600, "Bearer")
    user = cognito.get_user(AccessToken=tokens["AccessToken"])
    assert user["Username"] == name
    assert plain(user["UserAttributes"]) == {
        "sub": made["UserSub"],
        "email": "alice@example.com",
        "email_verified": "true",
        "locale": "de",
    }
    renewed = cognito.get_tokens_from_refresh_token(**app, RefreshToken=tokens["RefreshToken"])["AuthenticationResult"]
    assert renewed.keys() == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}
    renewed = cognito.initiate_auth(
        **app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
    )["AuthenticationResult"]
    assert renewed.keys() == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}

    with pytest.raises(refused.UnsupportedTokenTypeException):
        cognito.revoke_token(**app, Token=tokens["AccessToken"])
    cognito.revoke_token(**app, Token=tokens["RefreshToken"])
    with pytest.raises(refused.NotAuthorizedException, match="Access Token has been revoked"):
        cognito.get_user(AccessToken=renewed["AccessToken"])
    with pytest.raises(refused.NotAuthorizedException, match="Refresh Token"):
        cognito.get_tokens_from_refresh_token(**app, RefreshToken=tokens["RefreshToken"])
    assert cognito.get_user(AccessToken=other["AccessToken"])["Username"] == name
    cognito.global_sign_out(AccessToken=other["AccessToken"])
    with pytest.raises(refused.NotAuthorizedException, match="Access Token has been revoked"):
        cognito.global_sign_out(AccessToken=other["AccessToken"])
    cognito.delete_user(AccessToken=sign_in(cognito, served, name)["AccessToken"])
    with pytest.raises(refused.UserNotFoundException):
        sign_in(cognito, served, name)


def sign_in(cognito: Any, client: AppClient, name: str, password: str = PASSWORD) -> Any:
    """Sign in by SRP, with pycognito's arithmetic."""
    srp = module("pycognito.aws_srp").AWSSRP(name, password, client.user_pool_id, client.client_id, client=cognito)
    return srp.authenticate_user()["AuthenticationResult"]


def test_administration(cognito: Any, served: AppClient, name: str) -> None:
    refused = cognito.exceptions
    user = {"UserPoolId": served.user_pool_id, "Username": name}
    made = cognito.admin_create_user(
        **user, TemporaryPassword=PASSWORD, UserAttributes=listed(email="alice@example.com", email_verified="true")
    )["User"]
    assert (made["Username"], made["UserStatus"], made["Enabled"]) == (name, "FORCE_CHANGE_PASSWORD", True)
    assert abs(made["UserCreateDate"] - datetime.now(timezone.utc)) < LONGEST_TEST
    with pytest.raises(refused.UsernameExistsException):
        cognito.admin_create_user(**user)
    asked = cognito.initiate_auth(
        ClientId=served.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED" and len(asked["Session"]) >= 20
    cognito.respond_to_auth_challenge(
        ClientId=served.client_id,
        ChallengeName=asked["ChallengeName"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": "An0ther-one!"},
    )
    found = cognito.admin_get_user(**user)
    assert found["UserStatus"] == "CONFIRMED"
    assert plain(found["UserAttributes"])["email_verified"] == "true"
    assert found["UserLastModifiedDate"] >= found["UserCreateDate"]
    cognito.admin_delete_user(**user)
    with pytest.raises(refused.UserNotFoundException, match="User does not exist"):
        cognito.admin_get_user(**user)

    cognito.sign_up(ClientId=served.client_id, Username=name, Password=PASSWORD)
    cognito.admin_confirm_sign_up(**user)
    with pytest.raises(refused.NotAuthorizedException, match="Current status is CONFIRMED"):
        cognito.admin_confirm_sign_up(**user)
    assert sign_in(cognito, served, name)["AccessToken"]


def test_users_are_listed_in_pages_and_by_filter(cognito: Any, served: AppClient, name: str) -> None:
    pool = {"UserPoolId": served.user_pool_id}
    names = [f"{name}-{number}" for number in range(5)]
    for each in names:
        cognito.admin_create_user(
            **pool,
            Username=each,
            MessageAction="SUPPRESS",
            UserAttributes=listed(family_name=name, email=f"{each}@example.com"),
        )
    pages = list(
        cognito.get_paginator("list_users").paginate(
            **pool, Filter=f'family_name = "{name}"', PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert sorted(user["Username"] for page in pages for user in page["Users"]) == names
    [one] = cognito.list_users(**pool, Filter=f'email ^= "{names[3]}@"', AttributesToGet=["email"])["Users"]
    assert (one["Username"], one["Attributes"]) == (names[3], listed(email=f"{names[3]}@example.com"))
    [one] = cognito.list_users(**pool, Filter=f'username = "{names[1]}"')["Users"]
    assert plain(one["Attributes"])["sub"]
    assert cognito.list_users(**pool, Filter=f'sub = "{plain(one["Attributes"])["sub"]}"')["Users"] == [one]
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        cognito.list_users(**pool, Filter="not a filter")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secret_key": "wrong"}, "InvalidSignatureException"),
        ({"key_id": "AKIDUNKNOWN"}, "UnrecognizedClientException"),
        ({"region": "eu-west-3"}, "InvalidSignatureException"),
    ],
)
def test_wrong_signature_is_refused(
    connect: Callable[..., Any], served: AppClient, changed: dict[str, str], code: str
) -> None:
    right = {"region": served.region, "key_id": KEYS.access_key_id, "secret_key": KEYS.secret_access_key}
    assert connect(served.endpoint, **right).list_users(UserPoolId=served.user_pool_id, Limit=1)
    with pytest.raises(module("botocore.exceptions").ClientError) as caught:
        connect(served.endpoint, **{**right, **changed}).list_users(UserPoolId=served.user_pool_id, Limit=1)
    assert caught.value.response["Error"]["Code"] == code


def test_error_reply_has_the_headers_of_the_service(cognito: Any, served: AppClient, name: str) -> None:
    with pytest.raises(cognito.exceptions.UserNotFoundException) as caught:
        sign_in(cognito, served, name)
    metadata = caught.value.response["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], len(metadata["RequestId"])) == (400, 36)
    assert metadata["HTTPHeaders"]["x-amzn-errortype"] == "UserNotFoundException:"
    assert metadata["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"
    # There is only one `Date` header: a client would join the values of two, and could not parse the result.
    assert "," not in metadata["HTTPHeaders"]["date"].replace(",", "", 1)


def test_unsupported_operation_is_unknown(cognito: Any, served: AppClient) -> None:
    with pytest.raises(module("botocore.exceptions").ClientError) as caught:
        cognito.get_signing_certificate(UserPoolId=served.user_pool_id)
    error = caught.value.response["Error"]
    assert error["Code"] == "UnknownOperationException" and "GetSigningCertificate" in error["Message"]
