"""pycognito, with every challenge that it supports, against our served local pool."""

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
MakeUser = Callable[[], Any]
Refused = type[Exception]


@pytest.fixture(params=["served_with_all", "served_with_all_and_secret"])
def client(request: pytest.FixtureRequest) -> AppClient:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, AppClient)
    return found


@pytest.fixture
def make_user(client: AppClient, name: str, pycognito_user: Callable[[AppClient, str], Any]) -> MakeUser:
    """Return a function that creates a new object for one user. Each object is like a separate program."""
    return lambda: pycognito_user(client, name)


def app_code(secret: str, late: int = 0) -> str:
    """Return a code of the app: the current one, or the next one with `late=1`. Each code is accepted only once."""
    return totp(secret, datetime.now(timezone.utc), late)


def signed_in(user: Any, name: str, **attributes: str) -> None:
    signed_up(user, name, **attributes)
    user.authenticate(PASSWORD)


def with_app(user: Any, code: str = "") -> str:
    """Set up an authenticator app and return its secret."""
    secret: str = user.associate_software_token()
    assert user.verify_software_token(code or app_code(secret), "my phone") is True
    return secret


def test_preferred_username_signs_in_and_tokens_have_the_triggers_claims(make_user: MakeUser, name: str) -> None:
    one = make_user()
    signed_in(one, name)
    one.update_profile({"preferred_username": f"{name}-preferred"})
    another = make_user()
    another.username = f"{name}-Preferred"
    another.authenticate(PASSWORD)
    assert another.access_claims["username"] == name
    assert set(another.access_claims["scope"].split()) == {"aws.cognito.signin.user.admin", "orders/read"}
    assert another.access_claims["plan"] == another.id_claims["plan"] == {"seats": 3}


def asked_for(user: Any, kind: str) -> Any:
    """Sign in with the password, and return the challenge for the second factor of this kind."""
    with pytest.raises(getattr(module("pycognito.exceptions"), f"{kind}MFAChallengeException")) as caught:
        user.authenticate(PASSWORD)
    return caught.value.get_tokens()


def test_app_is_set_up_and_then_required(make_user: MakeUser, name: str, refused: Refused) -> None:
    one, another = make_user(), make_user()
    signed_in(one, name)
    secret = one.associate_software_token()
    with pytest.raises(refused, match="EnableSoftwareTokenMFAException"):
        one.verify_software_token("000000")
    spent = app_code(secret)
    assert one.verify_software_token(spent, "my phone") is True
    another.authenticate(PASSWORD)  # a verified app is not required until it is enabled
    one.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")

    asked = asked_for(one, "SoftwareToken")
    assert asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "my phone"
    with pytest.raises(refused, match="CodeMismatchException"):
        one.respond_to_software_token_mfa_challenge("000000")
    with pytest.raises(refused, match=r"ExpiredCodeException.*already been used once"):
        one.respond_to_software_token_mfa_challenge(spent)
    again = make_user()
    again.respond_to_software_token_mfa_challenge(app_code(secret, 1), asked)
    assert again.access_claims["username"] == name
    with pytest.raises(refused, match=r"NotAuthorizedException.*session can only be used once"):
        one.respond_to_software_token_mfa_challenge(app_code(secret, 1))
    again.set_user_mfa_preference(False, False)
    one.authenticate(PASSWORD)


def test_sms_code_is_required(make_user: MakeUser, name: str, refused: Refused) -> None:
    user = make_user()
    signed_in(user, name)
    with pytest.raises(refused, match=r"InvalidParameterException.*delivery config set to turn on SMS_MFA"):
        user.set_user_mfa_preference(True, False, "SMS")
    user.update_profile({"phone_number": PHONE})
    user.set_user_mfa_preference(True, False, "SMS")
    sent = asked_for(user, "SMS")["ChallengeParameters"]
    assert (sent["CODE_DELIVERY_DELIVERY_MEDIUM"], sent["CODE_DELIVERY_DESTINATION"]) == ("SMS", "+*******0100")
    with pytest.raises(refused, match=r"CodeMismatchException.*Invalid code or auth state for the user\."):
        user.respond_to_sms_mfa_challenge("000000")
    user.respond_to_sms_mfa_challenge(CODE)
    assert user.id_claims["phone_number"] == PHONE
    with pytest.raises(refused, match=r"NotAuthorizedException.*session can only be used once"):
        user.respond_to_sms_mfa_challenge(CODE)


def test_preferred_factor_of_two_is_required(make_user: MakeUser, name: str) -> None:
    user = make_user()
    signed_in(user, name, phone_number=PHONE)
    secret = with_app(user)
    user.set_user_mfa_preference(True, True, "SMS")
    asked_for(user, "SMS")
    user.respond_to_sms_mfa_challenge(CODE)
    user.set_user_mfa_preference(True, True, "SOFTWARE_TOKEN")
    asked_for(user, "SoftwareToken")
    user.respond_to_software_token_mfa_challenge(app_code(secret, 1))
    user.verify_tokens()


def test_wrong_password_gets_no_second_factor_challenge(make_user: MakeUser, name: str, refused: Refused) -> None:
    user = make_user()
    signed_in(user, name, phone_number=PHONE)
    user.set_user_mfa_preference(True, False, "SMS")
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        user.authenticate(WRONG)
    asked = asked_for(user, "SMS")
    with pytest.raises(refused, match=r"NotAuthorizedException.*Invalid session for the user\."):
        user.respond_to_software_token_mfa_challenge(CODE)
    with pytest.raises(refused, match=r"NotAuthorizedException.*Invalid session for the user\."):
        user.respond_to_sms_mfa_challenge(CODE, {"Session": asked["Session"][::-1]})


def test_temporary_password_must_be_replaced_first(make_user: MakeUser, name: str, refused: Refused) -> None:
    user, forced = make_user(), module("pycognito.exceptions").ForceChangePasswordException
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


def test_forgotten_password_is_reset(make_user: MakeUser, name: str, refused: Refused) -> None:
    user = make_user()
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


def test_password_is_changed(make_user: MakeUser, name: str, refused: Refused) -> None:
    user = make_user()
    signed_in(user, name)
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        user.change_password(WRONG, NEW)
    with pytest.raises(refused, match="InvalidPasswordException"):
        user.change_password(PASSWORD, "short")
    user.change_password(PASSWORD, NEW)
    with pytest.raises(refused, match="NotAuthorizedException"):
        user.authenticate(PASSWORD)
    user.authenticate(NEW)


def test_profile_changes_and_address_is_verified(make_user: MakeUser, name: str, refused: Refused) -> None:
    user = make_user()
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
