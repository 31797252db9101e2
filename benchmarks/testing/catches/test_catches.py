"""One test for each row of the table in docs/explanation/testing-compared.md: a mistake, and the service's answer.

Each runs on both sides. `not_caught.toml` has those that must fail, with the reason.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError

from cognito_async.lowlevel import totp_code

from .conftest import PASSWORD
from .sides import NO_RETRY, OPTIONS, Side

Refused = Callable[..., None]
SignIn = Callable[..., dict[str, Any]]
AddClient = Callable[..., dict[str, Any]]
WRONG = "Wr0ng-passw0rd!"
DAY = 24 * 3600


def tokens(reply: dict[str, Any]) -> dict[str, str]:
    result: dict[str, str] = reply["AuthenticationResult"]
    return result


def test_wrong_password_by_srp(cognito: Any, client_id: str, alice: str, refused: Refused) -> None:
    """A wrong password, in a sign-in by SRP"""
    asked = cognito.initiate_auth(
        ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": alice, "SRP_A": "a1" * 384}
    )["ChallengeParameters"]
    proof = {
        "USERNAME": asked["USER_ID_FOR_SRP"] if asked["USER_ID_FOR_SRP"] == alice else alice,
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(b"x" * 32).decode(),
        "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
        "TIMESTAMP": datetime.now(timezone.utc).strftime("%a %b %-d %H:%M:%S UTC %Y"),
    }
    refused(
        "NotAuthorizedException",
        by=lambda: cognito.respond_to_auth_challenge(
            ClientId=client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=proof
        ),
    )


def test_wrong_password_that_is_sent(sign_in: SignIn, alice: str, refused: Refused) -> None:
    """A wrong password, in a sign-in that sends it"""
    assert tokens(sign_in())
    refused("NotAuthorizedException", by=lambda: sign_in(WRONG))


def test_lockout(sign_in: SignIn, alice: str, refused: Refused) -> None:
    """The right password, after ten wrong ones: the user is locked out"""
    for _ in range(10):
        refused("NotAuthorizedException", by=lambda: sign_in(WRONG))
    refused("NotAuthorizedException", by=sign_in)


def test_disabled_user(cognito: Any, pool_id: str, sign_in: SignIn, alice: str, refused: Refused) -> None:
    """A sign-in of a disabled user"""
    cognito.admin_disable_user(UserPoolId=pool_id, Username=alice)
    refused("NotAuthorizedException", by=sign_in)


def test_flow_that_is_not_allowed(cognito: Any, add_client: AddClient, alice: str, refused: Refused) -> None:
    """A flow that the app client does not allow"""
    client = add_client("USER_SRP_AUTH", "REFRESH_TOKEN_AUTH")["ClientId"]
    proof = {"USERNAME": alice, "PASSWORD": PASSWORD}
    refused(
        "InvalidParameterException",
        by=lambda: cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=proof),
    )


def test_missing_secret_hash(cognito: Any, add_client: AddClient, alice: str, refused: Refused) -> None:
    """A missing secret hash, in a sign-in that sends the password"""
    client = add_client(GenerateSecret=True)["ClientId"]
    proof = {"USERNAME": alice, "PASSWORD": PASSWORD}
    refused(
        "NotAuthorizedException",
        "InvalidParameterException",
        by=lambda: cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=proof),
    )


def test_missing_secret_hash_by_srp(cognito: Any, add_client: AddClient, alice: str, refused: Refused) -> None:
    """A wrong secret hash, in a sign-in by SRP"""
    client = add_client(GenerateSecret=True)["ClientId"]
    start = {"USERNAME": alice, "SRP_A": "a1" * 384, "SECRET_HASH": "wrong"}
    refused(
        "NotAuthorizedException",
        by=lambda: cognito.initiate_auth(ClientId=client, AuthFlow="USER_SRP_AUTH", AuthParameters=start),
    )


def test_weak_password(cognito: Any, client_id: str, refused: Refused) -> None:
    """A password that the policy does not allow"""
    refused(
        "InvalidPasswordException",
        by=lambda: cognito.sign_up(ClientId=client_id, Username="bob", Password="password"),
    )


def test_taken_name(cognito: Any, client_id: str, alice: str, refused: Refused) -> None:
    """A sign-up with a name that is taken"""
    refused(
        "UsernameExistsException",
        by=lambda: cognito.sign_up(ClientId=client_id, Username=alice, Password=PASSWORD),
    )


def test_wrong_confirmation_code(cognito: Any, client_id: str, refused: Refused) -> None:
    """A wrong code, in the confirmation of a sign-up"""
    email = [{"Name": "email", "Value": "bob@example.com"}]
    cognito.sign_up(ClientId=client_id, Username="bob", Password=PASSWORD, UserAttributes=email)
    refused(
        "CodeMismatchException",
        by=lambda: cognito.confirm_sign_up(ClientId=client_id, Username="bob", ConfirmationCode="wrong"),
    )


def test_unconfirmed_user(cognito: Any, client_id: str, refused: Refused) -> None:
    """A sign-in before the confirmation"""
    cognito.sign_up(ClientId=client_id, Username="bob", Password=PASSWORD)
    proof = {"USERNAME": "bob", "PASSWORD": PASSWORD}
    refused(
        "UserNotConfirmedException",
        by=lambda: cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=proof),
    )


def test_wrong_reset_code(cognito: Any, client_id: str, alice: str, refused: Refused) -> None:
    """A wrong code, with a new password"""
    cognito.forgot_password(ClientId=client_id, Username=alice)
    refused(
        "CodeMismatchException",
        by=lambda: cognito.confirm_forgot_password(
            ClientId=client_id, Username=alice, ConfirmationCode="000", Password=WRONG
        ),
    )


def app_of_alice(cognito: Any, pool_id: str, token: str, side: Side) -> str:
    """Set an authenticator app up, and return its secret."""
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="OPTIONAL"
    )
    secret: str = cognito.associate_software_token(AccessToken=token)["SecretCode"]
    cognito.verify_software_token(AccessToken=token, UserCode=totp_code(secret, side.now()))
    settings = {"Enabled": True, "PreferredMfa": True}
    cognito.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings=settings)
    return secret


def second_factor(sign_in: SignIn, cognito: Any, client_id: str) -> Callable[[str], dict[str, Any]]:
    """Sign in, and return a function that answers with a code of the app."""
    asked = sign_in()
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    def answer(code: str) -> dict[str, Any]:
        reply: dict[str, Any] = cognito.respond_to_auth_challenge(
            ClientId=client_id,
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": code},
        )
        return reply

    return answer


def test_wrong_code_of_an_app(
    side: Side, cognito: Any, pool_id: str, client_id: str, sign_in: SignIn, alice: str, refused: Refused
) -> None:
    """A wrong code of an authenticator app"""
    app_of_alice(cognito, pool_id, tokens(sign_in())["AccessToken"], side)
    answer = second_factor(sign_in, cognito, client_id)
    refused("CodeMismatchException", by=lambda: answer("000000"))


def test_code_of_an_app_that_was_used(
    side: Side, cognito: Any, pool_id: str, client_id: str, sign_in: SignIn, alice: str, refused: Refused
) -> None:
    """A code of an authenticator app, used again"""
    secret = app_of_alice(cognito, pool_id, tokens(sign_in())["AccessToken"], side)
    side.advance(60)
    code = totp_code(secret, side.now())
    assert tokens(second_factor(sign_in, cognito, client_id)(code))
    again = second_factor(sign_in, cognito, client_id)
    refused("CodeMismatchException", "ExpiredCodeException", "EnableSoftwareTokenMFAException", by=lambda: again(code))


def test_expired_access_token(side: Side, cognito: Any, sign_in: SignIn, alice: str, refused: Refused) -> None:
    """An access token that has expired, sent to Cognito"""
    token = tokens(sign_in())["AccessToken"]
    side.advance(2 * 3600)
    refused("NotAuthorizedException", by=lambda: cognito.get_user(AccessToken=token))


def refresh(cognito: Any, client_id: str, token: str) -> dict[str, Any]:
    proof = {"REFRESH_TOKEN": token}
    reply: dict[str, Any] = cognito.initiate_auth(
        ClientId=client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=proof
    )
    return reply


def test_expired_refresh_token(
    side: Side, cognito: Any, client_id: str, sign_in: SignIn, alice: str, refused: Refused
) -> None:
    """A refresh token that has expired"""
    token = tokens(sign_in())["RefreshToken"]
    side.advance(31 * DAY)
    refused("NotAuthorizedException", by=lambda: refresh(cognito, client_id, token))


def test_tokens_after_a_global_sign_out(
    cognito: Any, client_id: str, sign_in: SignIn, alice: str, refused: Refused
) -> None:
    """The tokens of a user who has signed out everywhere"""
    found = tokens(sign_in())
    assert refresh(cognito, client_id, found["RefreshToken"])
    cognito.global_sign_out(AccessToken=found["AccessToken"])
    refused("NotAuthorizedException", by=lambda: refresh(cognito, client_id, found["RefreshToken"]))
    refused("NotAuthorizedException", by=lambda: cognito.get_user(AccessToken=found["AccessToken"]))


def test_revoked_refresh_token(cognito: Any, client_id: str, sign_in: SignIn, alice: str, refused: Refused) -> None:
    """A refresh token that was revoked with `RevokeToken`"""
    token = tokens(sign_in())["RefreshToken"]
    cognito.revoke_token(ClientId=client_id, Token=token)
    refused("NotAuthorizedException", by=lambda: refresh(cognito, client_id, token))


def test_refresh_token_of_another_app_client(
    cognito: Any, add_client: AddClient, sign_in: SignIn, alice: str, refused: Refused
) -> None:
    """A refresh token of another app client"""
    token = tokens(sign_in())["RefreshToken"]
    other = add_client()["ClientId"]
    refused("NotAuthorizedException", by=lambda: refresh(cognito, other, token))


def test_groups_are_in_the_tokens(cognito: Any, pool_id: str, sign_in: SignIn, alice: str) -> None:
    """Tokens without the groups of the user"""
    cognito.create_group(UserPoolId=pool_id, GroupName="editors")
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=alice, GroupName="editors")
    found = tokens(sign_in())
    for name in ("AccessToken", "IdToken"):
        payload = found[name].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["cognito:groups"] == ["editors"]


def test_temporary_password(cognito: Any, pool_id: str, client_id: str) -> None:
    """A temporary password that is taken for a permanent one"""
    cognito.admin_create_user(UserPoolId=pool_id, Username="bob", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    proof = {"USERNAME": "bob", "PASSWORD": PASSWORD}
    asked = cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=proof)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_missing_attribute(cognito: Any, refused: Refused) -> None:
    """A sign-up without an attribute that the pool requires"""
    schema = [{"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}]
    pool = cognito.create_user_pool(PoolName="pool", Schema=schema)["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
    refused(
        "InvalidParameterException",
        by=lambda: cognito.sign_up(ClientId=client, Username="bob", Password=PASSWORD),
    )


def test_long_attribute(cognito: Any, client_id: str, refused: Refused) -> None:
    """An attribute that is longer than Cognito allows"""
    attributes = [{"Name": "name", "Value": "b" * 2049}]
    refused(
        "InvalidParameterException",
        by=lambda: cognito.sign_up(ClientId=client_id, Username="bob", Password=PASSWORD, UserAttributes=attributes),
    )


def test_trigger_that_refuses(side: Side, cognito: Any, refused: Refused) -> None:
    """A sign-up that the function of a trigger refuses"""
    pool = side.pool_with_trigger("PreSignUp")
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
    refused(
        "UserLambdaValidationException",
        by=lambda: cognito.sign_up(ClientId=client, Username="bob", Password=PASSWORD),
    )


def test_throttling(side: Side, sign_in: SignIn, alice: str, refused: Refused) -> None:
    """A program that does not cope with throttling"""
    side.throttle("InitiateAuth")
    refused("TooManyRequestsException", by=sign_in)
    assert tokens(sign_in())


def test_lost_reply(side: Side, cognito: Any, client_id: str, refused: Refused) -> None:
    """A program that does not cope with a lost reply"""
    side.lose_reply("SignUp")
    with pytest.raises(ConnectionClosedError):
        cognito.sign_up(ClientId=client_id, Username="bob", Password=PASSWORD)
    refused(
        "UsernameExistsException",
        by=lambda: cognito.sign_up(ClientId=client_id, Username="bob", Password=PASSWORD),
    )


def test_wrong_aws_credentials(side: Side, cognito: Any, pool_id: str, alice: str, refused: Refused) -> None:
    """An administrator's call with a wrong secret access key"""
    key_id, _ = side.administrator()
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": "wrong"}
    stranger = boto3.client(
        "cognito-idp", **{**OPTIONS, **keys}, endpoint_url=cognito.meta.endpoint_url, config=NO_RETRY
    )
    codes = ("InvalidSignatureException", "403")  # the latter is moto's, which has another form
    refused(*codes, by=side.with_permissions(lambda: stranger.admin_get_user(UserPoolId=pool_id, Username=alice)))


def test_missing_permission(side: Side, cognito: Any, pool_id: str, alice: str, refused: Refused) -> None:
    """An administrator's call that IAM does not allow"""
    key_id, secret_key = side.administrator()
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret_key}
    stranger = boto3.client(
        "cognito-idp", **{**OPTIONS, **keys}, endpoint_url=cognito.meta.endpoint_url, config=NO_RETRY
    )
    call = side.with_permissions(lambda: stranger.admin_get_user(UserPoolId=pool_id, Username=alice))
    refused("AccessDeniedException", "403", by=call)


def test_table_in_the_same_test(side: Side) -> None:
    """A program that also uses DynamoDB: both services in one test"""
    made = side.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert made["TableDescription"]["TableName"] == "orders"


def test_credentials_of_an_identity_pool(side: Side) -> None:
    """Credentials of an identity pool"""
    identities = side.client("cognito-identity")
    pool = identities.create_identity_pool(IdentityPoolName="web", AllowUnauthenticatedIdentities=True)
    identity = identities.get_id(IdentityPoolId=pool["IdentityPoolId"])["IdentityId"]
    assert identities.get_credentials_for_identity(IdentityId=identity)["Credentials"]["SecretKey"]


def test_program_keeps_the_address_of_aws(cognito: Any) -> None:
    """boto3 without another address and a server"""
    assert cognito.meta.endpoint_url == "https://cognito-idp.us-east-1.amazonaws.com"
