"""pycognito through every challenge that it knows, against our served local pool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from ..local.helpers import totp
from .conftest import CODE
from .running import AppClient, module
from .test_pycognito import EMAIL, PASSWORD, WRONG, signed_up

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
NEW = "An0ther-one!"
PHONE = "+15555550100"
Person = Callable[[], Any]
Refused = type[Exception]


@pytest.fixture(params=["served_with_all", "served_with_all_and_secret"])
def client(request: pytest.FixtureRequest) -> AppClient:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, AppClient)
    return found


@pytest.fixture
def person(client: AppClient, name: str, pycognito_user: Callable[[AppClient, str], Any]) -> Person:
    """Makes the same user, each time as if in another program."""
    return lambda: pycognito_user(client, name)


def app_code(secret: str, late: int = 0) -> str:
    """A code that has been taken is spent, so a sign-in right after it takes the next one."""
    return totp(secret, datetime.now(timezone.utc), late)


def signed_in(user: Any, name: str, **attributes: str) -> None:
    signed_up(user, name, **attributes)
    user.authenticate(PASSWORD)


def with_app(user: Any, code: str = "") -> str:
    """Set up an authenticator app; returns its secret."""
    secret: str = user.associate_software_token()
    assert user.verify_software_token(code or app_code(secret), "my phone") is True
    return secret


def asked_for(user: Any, kind: str) -> Any:
    """Sign in with the password, and get the challenge of a second factor."""
    with pytest.raises(getattr(module("pycognito.exceptions"), f"{kind}MFAChallengeException")) as caught:
        user.authenticate(PASSWORD)
    return caught.value.get_tokens()


def test_an_app_is_set_up_and_asked_for(person: Person, name: str, refused: Refused) -> None:
    here, there = person(), person()
    signed_in(here, name)
    secret = here.associate_software_token()
    with pytest.raises(refused, match="EnableSoftwareTokenMFAException"):
        here.verify_software_token("000000")
    spent = app_code(secret)
    assert here.verify_software_token(spent, "my phone") is True
    there.authenticate(PASSWORD)  # a verified app is not yet switched on
    here.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")

    asked = asked_for(here, "SoftwareToken")
    assert asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "my phone"
    with pytest.raises(refused, match="CodeMismatchException"):
        here.respond_to_software_token_mfa_challenge("000000")
    with pytest.raises(refused, match=r"ExpiredCodeException.*already been used once"):
        here.respond_to_software_token_mfa_challenge(spent)
    again = person()
    again.respond_to_software_token_mfa_challenge(app_code(secret, 1), asked)
    assert again.access_claims["username"] == name
    with pytest.raises(refused, match=r"NotAuthorizedException.*session can only be used once"):
        here.respond_to_software_token_mfa_challenge(app_code(secret, 1))
    again.set_user_mfa_preference(False, False)
    here.authenticate(PASSWORD)


def test_a_code_by_sms_is_asked_for(person: Person, name: str, refused: Refused) -> None:
    user = person()
    signed_in(user, name)
    with pytest.raises(refused, match=r"InvalidParameterException.*delivery config set to turn on SMS_MFA"):
        user.set_user_mfa_preference(True, False, "SMS")
    user.update_profile({"phone_number": PHONE})
    user.set_user_mfa_preference(True, False, "SMS")
    told = asked_for(user, "SMS")["ChallengeParameters"]
    assert (told["CODE_DELIVERY_DELIVERY_MEDIUM"], told["CODE_DELIVERY_DESTINATION"]) == ("SMS", "+*******0100")
    with pytest.raises(refused, match=r"CodeMismatchException.*Invalid code or auth state for the user\."):
        user.respond_to_sms_mfa_challenge("000000")
    user.respond_to_sms_mfa_challenge(CODE)
    assert user.id_claims["phone_number"] == PHONE
    with pytest.raises(refused, match=r"NotAuthorizedException.*session can only be used once"):
        user.respond_to_sms_mfa_challenge(CODE)


def test_of_two_factors_the_preferred_one_is_asked_for(person: Person, name: str) -> None:
    user = person()
    signed_in(user, name, phone_number=PHONE)
    secret = with_app(user)
    user.set_user_mfa_preference(True, True, "SMS")
    asked_for(user, "SMS")
    user.respond_to_sms_mfa_challenge(CODE)
    user.set_user_mfa_preference(True, True, "SOFTWARE_TOKEN")
    asked_for(user, "SoftwareToken")
    user.respond_to_software_token_mfa_challenge(app_code(secret, 1))
    user.verify_tokens()


def test_a_wrong_password_does_not_get_as_far_as_the_second_factor(person: Person, name: str, refused: Refused) -> None:
    user = person()
    signed_in(user, name, phone_number=PHONE)
    user.set_user_mfa_preference(True, False, "SMS")
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        user.authenticate(WRONG)
    asked = asked_for(user, "SMS")
    with pytest.raises(refused, match=r"NotAuthorizedException.*Invalid session for the user\."):
        user.respond_to_software_token_mfa_challenge(CODE)
    with pytest.raises(refused, match=r"NotAuthorizedException.*Invalid session for the user\."):
        user.respond_to_sms_mfa_challenge(CODE, {"Session": asked["Session"][::-1]})


def test_a_temporary_password_is_replaced_before_anything_else(person: Person, name: str, refused: Refused) -> None:
    user, forced = person(), module("pycognito.exceptions").ForceChangePasswordException
    user.admin_create_user(name, temporary_password=PASSWORD, email=EMAIL, phone_number=PHONE)
    with pytest.raises(forced):
        user.authenticate(PASSWORD)
    with pytest.raises(refused, match=r"InvalidPasswordException.*Password did not conform with policy"):
        user.new_password_challenge(PASSWORD, "short")
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        user.new_password_challenge(WRONG, NEW)
    with pytest.raises(forced):
        user.authenticate(PASSWORD)
    user.new_password_challenge(PASSWORD, NEW)
    assert user.id_claims["email"] == EMAIL and user.check_token(renew=False) is False
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        user.authenticate(PASSWORD)
    user.authenticate(NEW)


def test_a_forgotten_password_is_set_anew(person: Person, name: str, refused: Refused) -> None:
    user = person()
    signed_up(user, name)
    with pytest.raises(refused, match="ExpiredCodeException"):
        user.confirm_forgot_password(CODE, NEW)
    user.initiate_forgot_password()
    with pytest.raises(refused, match="CodeMismatchException"):
        user.confirm_forgot_password("000000", NEW)
    with pytest.raises(refused, match="InvalidPasswordException"):
        user.confirm_forgot_password(CODE, "short")
    user.authenticate(PASSWORD)
    user.confirm_forgot_password(CODE, NEW)
    with pytest.raises(refused, match="NotAuthorizedException"):
        user.authenticate(PASSWORD)
    user.authenticate(NEW)

    user.admin_reset_password(name)
    with pytest.raises(refused, match="PasswordResetRequiredException"):
        user.authenticate(NEW)
    user.confirm_forgot_password(CODE, PASSWORD)
    user.authenticate(PASSWORD)


def test_a_password_is_changed(person: Person, name: str, refused: Refused) -> None:
    user = person()
    signed_in(user, name)
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        user.change_password(WRONG, NEW)
    with pytest.raises(refused, match="InvalidPasswordException"):
        user.change_password(PASSWORD, "short")
    user.change_password(PASSWORD, NEW)
    with pytest.raises(refused, match="NotAuthorizedException"):
        user.authenticate(PASSWORD)
    user.authenticate(NEW)


def test_a_profile_changes_and_an_address_is_verified(person: Person, name: str, refused: Refused) -> None:
    user = person()
    signed_in(user, name)
    user.update_profile({"email": "new@example.com", "first": "Alice"}, {"given_name": "first"})
    seen = user.get_user({"given_name": "first"})
    assert (seen.email, seen.email_verified, seen.first) == ("new@example.com", False, "Alice")
    user.send_verification()
    with pytest.raises(refused, match="CodeMismatchException"):
        user.validate_verification("000000")
    user.validate_verification(CODE)
    with pytest.raises(refused, match="InvalidParameterException"):
        user.send_verification()

    seen = user.get_user()
    assert seen.email_verified is True
    seen.given_name = "Bob"
    seen.save()
    user.admin_update_profile({"phone_number": PHONE, "phone_number_verified": True})
    seen = user.get_user()
    assert (seen.given_name, seen.email_verified, seen.phone_number_verified) == ("Bob", True, True)
    user.update_profile({"given_name": ""})
    with pytest.raises(AttributeError):
        assert user.get_user().given_name
