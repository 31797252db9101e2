"""boto3 with every challenge of our served local pool. Each reply must fit the service's model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient, module
from .test_boto3 import PASSWORD, WRONG, listed, plain
from .test_pycognito_challenges import app_code

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
EMAIL, PHONE = "alice@example.com", "+15555550100"
NEW = "An0ther-one!"


class Account:
    """An account at one of our pools, used with boto3."""

    def __init__(self, cognito: Any, client: AppClient, name: str) -> None:
        self.cognito, self.client, self.name = cognito, client, name
        self.of_pool = {"UserPoolId": client.user_pool_id, "Username": name}
        self.of_client = {"ClientId": client.client_id, "Username": name}

    def sign_up(self, *, email: str | None = EMAIL, **attributes: str) -> Any:
        """Create a confirmed account with a verified contact, and return the reply to the confirmation."""
        attributes |= {} if email is None else {"email": email}
        made = self.cognito.sign_up(**self.of_client, Password=PASSWORD, UserAttributes=listed(**attributes))
        return self.cognito.confirm_sign_up(**self.of_client, ConfirmationCode=CODE, Session=made["Session"])

    def begin(self, flow: str = "USER_PASSWORD_AUTH", session: str | None = None, **parameters: str) -> Any:
        if flow == "USER_PASSWORD_AUTH":
            parameters.setdefault("PASSWORD", PASSWORD)
        return self.cognito.initiate_auth(
            ClientId=self.client.client_id,
            AuthFlow=flow,
            AuthParameters={"USERNAME": self.name, **parameters},
            **({} if session is None else {"Session": session}),
        )

    def answer(self, asked: Any, **responses: str) -> Any:
        return self.cognito.respond_to_auth_challenge(
            ClientId=self.client.client_id,
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": self.name, **responses},
        )

    def sign_in(self, **parameters: str) -> Any:
        return signed_in(self.begin(**parameters))

    def proof(self, **device: str) -> Any:
        """Return the object with which pycognito computes the SRP proof."""
        pool_id, client_id = self.client.user_pool_id, self.client.client_id
        return module("pycognito.aws_srp").AWSSRP(
            self.name, PASSWORD, pool_id, client_id, client=self.cognito, **device
        )

    def prove(self, asked: Any, proof: Any) -> Any:
        claim = proof.process_challenge(asked["ChallengeParameters"], {"USERNAME": self.name})
        return self.answer(asked, **claim)


@pytest.fixture
def account(administrator: Callable[[AppClient], Any], served_with_all: AppClient, name: str) -> Account:
    return Account(administrator(served_with_all), served_with_all, name)


def signed_in(reply: Any) -> Any:
    """Check that a reply has tokens, and return them."""
    result = reply["AuthenticationResult"]
    assert result.keys() >= {"AccessToken", "IdToken", "RefreshToken"} and result["ExpiresIn"] == 3600
    return result


def test_first_factor_is_chosen(account: Account) -> None:
    account.sign_up()
    refused = account.cognito.exceptions
    asked = account.begin("USER_AUTH")
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]
    with pytest.raises(refused.InvalidParameterException):
        account.answer(asked, ANSWER="SMS_OTP")
    sent = account.answer(asked, ANSWER="EMAIL_OTP")
    assert (sent["ChallengeName"], sent["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"]) == (
        "EMAIL_OTP",
        "a***@e***",
    )
    with pytest.raises(refused.CodeMismatchException, match=r"Invalid code or auth state for the user\."):
        account.answer(sent, EMAIL_OTP_CODE="00000000")
    signed_in(account.answer(sent, EMAIL_OTP_CODE=CODE))

    asked = account.answer(account.begin("USER_AUTH"), ANSWER="PASSWORD")
    with pytest.raises(refused.NotAuthorizedException):
        account.answer(asked, PASSWORD=WRONG)
    signed_in(account.answer(asked, PASSWORD=PASSWORD))
    proof = account.proof()
    asked = account.answer(account.begin("USER_AUTH"), ANSWER="PASSWORD_SRP", SRP_A=proof.get_auth_params()["SRP_A"])
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    signed_in(account.prove(asked, proof))


def test_preferred_factor_is_offered_first(account: Account) -> None:
    account.sign_up()
    sent = account.begin("USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert sent["ChallengeName"] == "EMAIL_OTP" and "EMAIL_OTP" in sent["AvailableChallenges"]
    signed_in(account.answer(sent, EMAIL_OTP_CODE=CODE))
    signed_in(account.begin("USER_AUTH", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD))
    assert account.begin("USER_AUTH", PREFERRED_CHALLENGE="SMS_OTP")["ChallengeName"] == "SELECT_CHALLENGE"


def test_session_of_a_confirmation_signs_in_once(account: Account) -> None:
    session = account.sign_up()["Session"]
    signed_in(account.begin("USER_AUTH", session))
    with pytest.raises(account.cognito.exceptions.NotAuthorizedException, match="session can only be used once"):
        account.begin("USER_AUTH", session)


def test_custom_challenges_in_several_rounds(account: Account) -> None:
    account.sign_up()
    asked = account.begin("CUSTOM_AUTH")
    assert (asked["ChallengeName"], asked["ChallengeParameters"]["question"]) == ("CUSTOM_CHALLENGE", "0 + 1")
    following = account.answer(asked, ANSWER="1")
    assert following["Session"] != asked["Session"]
    signed_in(account.answer(following, ANSWER="2"))

    proof = account.proof()
    srp = {"CHALLENGE_NAME": "SRP_A", "SRP_A": proof.get_auth_params()["SRP_A"]}
    asked = account.prove(account.begin("CUSTOM_AUTH", **srp), proof)
    assert (asked["ChallengeName"], asked["ChallengeParameters"]["question"]) == ("CUSTOM_CHALLENGE", "2 + 1")
    with pytest.raises(account.cognito.exceptions.NotAuthorizedException, match=r"Incorrect username or password\.$"):
        account.answer(asked, ANSWER="wrong")
    with pytest.raises(account.cognito.exceptions.NotAuthorizedException, match=r"Invalid session for the user\.$"):
        account.answer(asked, ANSWER="3")


def test_new_password_challenge_sets_attributes(account: Account) -> None:
    refused = account.cognito.exceptions
    account.cognito.admin_create_user(
        **account.of_pool, TemporaryPassword=PASSWORD, UserAttributes=listed(email=EMAIL, email_verified="true")
    )
    asked = account.begin()
    parameters = asked["ChallengeParameters"]
    assert (asked["ChallengeName"], parameters["requiredAttributes"]) == ("NEW_PASSWORD_REQUIRED", "[]")
    assert json.loads(parameters["userAttributes"]) == {"email": EMAIL, "email_verified": "true"}
    with pytest.raises(refused.InvalidPasswordException):
        account.answer(asked, NEW_PASSWORD="short")
    with pytest.raises(refused.NotAuthorizedException, match="Cannot modify an already provided email"):
        account.answer(asked, **{"NEW_PASSWORD": NEW, "userAttributes.email": "other@example.com"})
    tokens = signed_in(account.answer(asked, **{"NEW_PASSWORD": NEW, "userAttributes.given_name": "Alice"}))
    found = account.cognito.get_user(AccessToken=tokens["AccessToken"])
    assert plain(found["UserAttributes"])["given_name"] == "Alice"


def test_one_of_three_factors_is_chosen(account: Account) -> None:
    account.sign_up(phone_number=PHONE)
    cognito, token = account.cognito, {"AccessToken": account.sign_in()["AccessToken"]}
    secret = cognito.associate_software_token(**token)["SecretCode"]
    cognito.verify_software_token(**token, UserCode=app_code(secret))
    on = {"Enabled": True, "PreferredMfa": False}
    cognito.admin_set_user_mfa_preference(
        **account.of_pool, SMSMfaSettings=on, SoftwareTokenMfaSettings=on, EmailMfaSettings=on
    )
    asked = account.begin()
    factors = ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
    assert asked["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == factors
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        account.answer(asked, ANSWER="SMS_OTP")
    answers = {"SMS_MFA": CODE, "SOFTWARE_TOKEN_MFA": app_code(secret, 1), "EMAIL_OTP": CODE}
    for factor in factors:
        chosen = account.answer(account.begin(), ANSWER=factor)
        assert chosen["ChallengeName"] == factor
        with pytest.raises(cognito.exceptions.CodeMismatchException):
            account.answer(chosen, **{f"{factor}_CODE": "000000"})
        signed_in(account.answer(chosen, **{f"{factor}_CODE": answers[factor]}))


@pytest.fixture
def mfa_account(administrator: Callable[[AppClient], Any], served_with_mfa: AppClient, name: str) -> Account:
    """An account that must set up a second factor at its first sign-in."""
    mfa_account = Account(administrator(served_with_mfa), served_with_mfa, name)
    mfa_account.sign_up(email=None, phone_number=PHONE)
    return mfa_account


def test_app_is_set_up_during_sign_in(mfa_account: Account) -> None:
    cognito, asked = mfa_account.cognito, mfa_account.begin()
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert "SOFTWARE_TOKEN_MFA" in json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"])
    made = cognito.associate_software_token(Session=asked["Session"])
    with pytest.raises(cognito.exceptions.EnableSoftwareTokenMFAException):
        cognito.verify_software_token(Session=made["Session"], UserCode="000000")
    verified = cognito.verify_software_token(Session=made["Session"], UserCode=app_code(made["SecretCode"]))
    assert verified["Status"] == "SUCCESS"
    signed_in(mfa_account.answer({**asked, "Session": verified["Session"]}))
    asked = mfa_account.begin()
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    signed_in(mfa_account.answer(asked, SOFTWARE_TOKEN_MFA_CODE=app_code(made["SecretCode"], 1)))


def test_email_address_is_a_required_factor_without_a_set_up(
    administrator: Callable[[AppClient], Any], served_with_mfa: AppClient, name: str
) -> None:
    account = Account(administrator(served_with_mfa), served_with_mfa, name)
    account.sign_up()
    tokens = signed_in(account.answer(account.begin(), EMAIL_OTP_CODE=CODE))
    assert "UserMFASettingList" not in account.cognito.get_user(AccessToken=tokens["AccessToken"])


def test_email_address_is_set_up_during_sign_in(mfa_account: Account) -> None:
    sent = mfa_account.answer(mfa_account.begin(), EMAIL="second@example.com")
    assert (sent["ChallengeName"], sent["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"]) == (
        "EMAIL_OTP",
        "s***@e***",
    )
    tokens = signed_in(mfa_account.answer(sent, EMAIL_OTP_CODE=CODE))
    assert mfa_account.cognito.get_user(AccessToken=tokens["AccessToken"])["UserMFASettingList"] == ["EMAIL_OTP"]
    assert mfa_account.begin()["ChallengeName"] == "EMAIL_OTP"
