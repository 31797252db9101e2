"""boto3 through every challenge of our served local pool; each reply is held against the service's model."""

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


class Person:
    """Somebody who signs in at one of our pools with boto3."""

    def __init__(self, cognito: Any, client: AppClient, name: str) -> None:
        self.cognito, self.client, self.name = cognito, client, name
        self.of_pool = {"UserPoolId": client.user_pool_id, "Username": name}
        self.of_client = {"ClientId": client.client_id, "Username": name}

    def sign_up(self, **attributes: str) -> Any:
        """A confirmed account with a verified address; returns what confirming it answered."""
        attributes = {"email": EMAIL, **attributes}
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
        """pycognito's arithmetic."""
        pool_id, client_id = self.client.user_pool_id, self.client.client_id
        return module("pycognito.aws_srp").AWSSRP(
            self.name, PASSWORD, pool_id, client_id, client=self.cognito, **device
        )

    def prove(self, asked: Any, proof: Any) -> Any:
        claim = proof.process_challenge(asked["ChallengeParameters"], {"USERNAME": self.name})
        return self.answer(asked, **claim)


@pytest.fixture
def person(administrator: Callable[[AppClient], Any], served_with_all: AppClient, name: str) -> Person:
    return Person(administrator(served_with_all), served_with_all, name)


def signed_in(reply: Any) -> Any:
    """The tokens, with which the account can be used."""
    result = reply["AuthenticationResult"]
    assert result.keys() >= {"AccessToken", "IdToken", "RefreshToken"} and result["ExpiresIn"] == 3600
    return result


def test_one_chooses_how_to_sign_in(person: Person) -> None:
    person.sign_up()
    refused = person.cognito.exceptions
    asked = person.begin("USER_AUTH")
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]
    with pytest.raises(refused.InvalidParameterException):
        person.answer(asked, ANSWER="SMS_OTP")
    sent = person.answer(asked, ANSWER="EMAIL_OTP")
    assert (sent["ChallengeName"], sent["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"]) == (
        "EMAIL_OTP",
        "a***@e***",
    )
    with pytest.raises(refused.CodeMismatchException, match=r"Invalid code or auth state for the user\."):
        person.answer(sent, EMAIL_OTP_CODE="00000000")
    signed_in(person.answer(sent, EMAIL_OTP_CODE=CODE))

    asked = person.answer(person.begin("USER_AUTH"), ANSWER="PASSWORD")
    with pytest.raises(refused.NotAuthorizedException):
        person.answer(asked, PASSWORD=WRONG)
    signed_in(person.answer(asked, PASSWORD=PASSWORD))
    proof = person.proof()
    asked = person.answer(person.begin("USER_AUTH"), ANSWER="PASSWORD_SRP", SRP_A=proof.get_auth_params()["SRP_A"])
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    signed_in(person.prove(asked, proof))


def test_the_preferred_way_comes_first(person: Person) -> None:
    person.sign_up()
    sent = person.begin("USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert sent["ChallengeName"] == "EMAIL_OTP" and "EMAIL_OTP" in sent["AvailableChallenges"]
    signed_in(person.answer(sent, EMAIL_OTP_CODE=CODE))
    signed_in(person.begin("USER_AUTH", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD))
    assert person.begin("USER_AUTH", PREFERRED_CHALLENGE="SMS_OTP")["ChallengeName"] == "SELECT_CHALLENGE"


def test_who_has_just_confirmed_an_account_is_signed_in_by_it(person: Person) -> None:
    session = person.sign_up()["Session"]
    signed_in(person.begin("USER_AUTH", session))
    with pytest.raises(person.cognito.exceptions.NotAuthorizedException, match="session can only be used once"):
        person.begin("USER_AUTH", session)


def test_triggers_ask_round_by_round(person: Person) -> None:
    person.sign_up()
    asked = person.begin("CUSTOM_AUTH")
    assert (asked["ChallengeName"], asked["ChallengeParameters"]["question"]) == ("CUSTOM_CHALLENGE", "0 + 1")
    following = person.answer(asked, ANSWER="1")
    assert following["Session"] != asked["Session"]
    signed_in(person.answer(following, ANSWER="2"))

    proof = person.proof()
    srp = {"CHALLENGE_NAME": "SRP_A", "SRP_A": proof.get_auth_params()["SRP_A"]}
    asked = person.prove(person.begin("CUSTOM_AUTH", **srp), proof)
    assert (asked["ChallengeName"], asked["ChallengeParameters"]["question"]) == ("CUSTOM_CHALLENGE", "2 + 1")
    with pytest.raises(person.cognito.exceptions.NotAuthorizedException, match=r"Incorrect username or password\.$"):
        person.answer(asked, ANSWER="wrong")
    with pytest.raises(person.cognito.exceptions.NotAuthorizedException, match=r"Invalid session for the user\.$"):
        person.answer(asked, ANSWER="3")


def test_a_temporary_password_is_replaced_and_attributes_are_completed(person: Person) -> None:
    refused = person.cognito.exceptions
    person.cognito.admin_create_user(
        **person.of_pool, TemporaryPassword=PASSWORD, UserAttributes=listed(email=EMAIL, email_verified="true")
    )
    asked = person.begin()
    told = asked["ChallengeParameters"]
    assert (asked["ChallengeName"], told["requiredAttributes"]) == ("NEW_PASSWORD_REQUIRED", "[]")
    assert json.loads(told["userAttributes"]) == {"email": EMAIL, "email_verified": "true"}
    with pytest.raises(refused.InvalidPasswordException):
        person.answer(asked, NEW_PASSWORD="short")
    with pytest.raises(refused.NotAuthorizedException, match="Cannot modify an already provided email"):
        person.answer(asked, **{"NEW_PASSWORD": NEW, "userAttributes.email": "other@example.com"})
    tokens = signed_in(person.answer(asked, **{"NEW_PASSWORD": NEW, "userAttributes.given_name": "Alice"}))
    found = person.cognito.get_user(AccessToken=tokens["AccessToken"])
    assert plain(found["UserAttributes"])["given_name"] == "Alice"


def test_who_has_three_factors_chooses_one(person: Person) -> None:
    person.sign_up(phone_number=PHONE)
    cognito, token = person.cognito, {"AccessToken": person.sign_in()["AccessToken"]}
    secret = cognito.associate_software_token(**token)["SecretCode"]
    cognito.verify_software_token(**token, UserCode=app_code(secret))
    on = {"Enabled": True, "PreferredMfa": False}
    cognito.admin_set_user_mfa_preference(
        **person.of_pool, SMSMfaSettings=on, SoftwareTokenMfaSettings=on, EmailMfaSettings=on
    )
    asked = person.begin()
    factors = ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
    assert asked["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == factors
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        person.answer(asked, ANSWER="SMS_OTP")
    answers = {"SMS_MFA": CODE, "SOFTWARE_TOKEN_MFA": app_code(secret, 1), "EMAIL_OTP": CODE}
    for factor in factors:
        chosen = person.answer(person.begin(), ANSWER=factor)
        assert chosen["ChallengeName"] == factor
        with pytest.raises(cognito.exceptions.CodeMismatchException):
            person.answer(chosen, **{f"{factor}_CODE": "000000"})
        signed_in(person.answer(chosen, **{f"{factor}_CODE": answers[factor]}))


@pytest.fixture
def newcomer(administrator: Callable[[AppClient], Any], served_with_mfa: AppClient, name: str) -> Person:
    """Somebody of whom the pool wants a second factor that is still to be set up."""
    newcomer = Person(administrator(served_with_mfa), served_with_mfa, name)
    newcomer.sign_up()
    return newcomer


def test_an_app_is_set_up_within_a_sign_in(newcomer: Person) -> None:
    cognito, asked = newcomer.cognito, newcomer.begin()
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert "SOFTWARE_TOKEN_MFA" in json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"])
    made = cognito.associate_software_token(Session=asked["Session"])
    with pytest.raises(cognito.exceptions.EnableSoftwareTokenMFAException):
        cognito.verify_software_token(Session=made["Session"], UserCode="000000")
    verified = cognito.verify_software_token(Session=made["Session"], UserCode=app_code(made["SecretCode"]))
    assert verified["Status"] == "SUCCESS"
    signed_in(newcomer.answer({**asked, "Session": verified["Session"]}))
    asked = newcomer.begin()
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    signed_in(newcomer.answer(asked, SOFTWARE_TOKEN_MFA_CODE=app_code(made["SecretCode"], 1)))


def test_an_address_is_set_up_within_a_sign_in(newcomer: Person) -> None:
    sent = newcomer.answer(newcomer.begin(), EMAIL="second@example.com")
    assert (sent["ChallengeName"], sent["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"]) == (
        "EMAIL_OTP",
        "s***@e***",
    )
    tokens = signed_in(newcomer.answer(sent, EMAIL_OTP_CODE=CODE))
    assert newcomer.cognito.get_user(AccessToken=tokens["AccessToken"])["UserMFASettingList"] == ["EMAIL_OTP"]
    assert newcomer.begin()["ChallengeName"] == "EMAIL_OTP"
