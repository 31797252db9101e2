"""boto3 with a served pool whose Lambda handlers are written with our typed events (`pool.toml`, `pool_triggers.py`).

`test_boto3_challenges.py` has the custom challenges of users.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..conftest import CODE
from ..pool_triggers import MOVED, OLD_PASSWORD
from ..running import AppClient, module
from ..test_boto3 import WRONG, plain
from ..test_boto3_challenges import NEW, Account, signed_in

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
NOT_MOVED = r"^.*UserMigration failed with error the other directory has no such user\.$"
CONTACT = {"email": "moved@example.com", "email_verified": "true"}


@pytest.fixture
def account(administrator: Callable[[AppClient], Any], served_with_all: AppClient, name: str) -> Account:
    return Account(administrator(served_with_all), served_with_all, name)


@pytest.fixture
def elsewhere(administrator: Callable[[AppClient], Any], served_with_all: AppClient, name: str) -> Account:
    """An account that is only in the other directory."""
    return Account(administrator(served_with_all), served_with_all, MOVED + name)


def claims(token: str) -> Any:
    return module("jwt").decode(token, options={"verify_signature": False})


def test_user_moves_at_the_first_sign_in(elsewhere: Account) -> None:
    refused = elsewhere.cognito.exceptions
    # The handler needs the password, which SRP does not send.
    with pytest.raises(refused.UserNotFoundException):
        elsewhere.begin("USER_SRP_AUTH", SRP_A=elsewhere.proof().get_auth_params()["SRP_A"])
    with pytest.raises(refused.UserLambdaValidationException, match=NOT_MOVED):
        elsewhere.begin(PASSWORD=WRONG)
    with pytest.raises(refused.UserNotFoundException):
        elsewhere.cognito.admin_get_user(**elsewhere.of_pool)
    elsewhere.sign_in(PASSWORD=OLD_PASSWORD)
    moved = elsewhere.cognito.admin_get_user(**elsewhere.of_pool)
    assert moved["UserStatus"] == "CONFIRMED" and plain(moved["UserAttributes"]).items() >= CONTACT.items()
    # From now on, the pool itself refuses a wrong password.
    with pytest.raises(refused.NotAuthorizedException, match=r"Incorrect username or password\.$"):
        elsewhere.begin(PASSWORD=WRONG)


def test_administrator_moves_a_user(elsewhere: Account) -> None:
    reply = elsewhere.cognito.admin_initiate_auth(
        UserPoolId=elsewhere.client.user_pool_id,
        ClientId=elsewhere.client.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": elsewhere.name, "PASSWORD": OLD_PASSWORD},
    )
    assert claims(signed_in(reply)["IdToken"])["email"] == CONTACT["email"]


def test_user_moves_with_a_forgotten_password(account: Account, elsewhere: Account) -> None:
    with pytest.raises(account.cognito.exceptions.UserLambdaValidationException, match=NOT_MOVED):
        account.cognito.forgot_password(**account.of_client)
    sent = elsewhere.cognito.forgot_password(**elsewhere.of_client)["CodeDeliveryDetails"]
    assert sent == {"Destination": "m***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert elsewhere.cognito.admin_get_user(**elsewhere.of_pool)["UserStatus"] == "RESET_REQUIRED"
    elsewhere.cognito.confirm_forgot_password(**elsewhere.of_client, ConfirmationCode=CODE, Password=NEW)
    elsewhere.sign_in(PASSWORD=NEW)


def test_administrator_answers_custom_challenges(account: Account) -> None:
    account.sign_up()
    call = {"UserPoolId": account.client.user_pool_id, "ClientId": account.client.client_id}
    reply = account.cognito.admin_initiate_auth(
        **call, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": account.name}
    )
    for right in ("1", "2"):
        assert reply["ChallengeName"] == "CUSTOM_CHALLENGE"
        reply = account.cognito.admin_respond_to_auth_challenge(
            **call,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=reply["Session"],
            ChallengeResponses={"USERNAME": account.name, "ANSWER": right},
        )
    signed_in(reply)


def test_handler_changes_both_tokens_at_each_sign_in_and_refresh(account: Account) -> None:
    account.sign_up(given_name="Alice")
    first = account.sign_in()
    renewed = account.cognito.get_tokens_from_refresh_token(
        ClientId=account.client.client_id, RefreshToken=first["RefreshToken"]
    )["AuthenticationResult"]
    for tokens in (first, renewed):
        identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
        assert identity["plan"] == access["plan"] == {"seats": 3} and "given_name" not in identity
        assert set(access["scope"].split()) == {"aws.cognito.signin.user.admin", "orders/read"}
