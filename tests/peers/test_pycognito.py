"""pycognito against our served local pool, with and without a client secret. pycognito verifies every token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import CODE
from .running import AppClient, module

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
PASSWORD, WRONG = "Passw0rd!", "Passw1rd!"
EMAIL = "alice@example.com"


@pytest.fixture(params=["served", "served_with_secret"])
def client(request: pytest.FixtureRequest) -> AppClient:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, AppClient)
    return found


@pytest.fixture
def make_user(client: AppClient, name: str, pycognito_user: Callable[[AppClient, str], Any]) -> Callable[[], Any]:
    """Return a function that creates a new object for one user. Each object is like a separate program."""
    return lambda: pycognito_user(client, name)


def signed_up(user: Any, name: str, **attributes: str) -> None:
    user.set_base_attributes(**{"email": EMAIL, **attributes})
    user.register(name, PASSWORD)
    user.confirm_sign_up(CODE)


def test_account_from_sign_up_to_deletion(
    make_user: Callable[[], Any], name: str, client: AppClient, refused: type[Exception]
) -> None:
    one, another = make_user(), make_user()
    one.set_base_attributes(email=EMAIL, given_name="Alice")
    made = one.register(name, PASSWORD)
    assert made["UserConfirmed"] is False and made["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    with pytest.raises(refused, match="UserNotConfirmedException"):
        one.authenticate(PASSWORD)
    one.resend_confirmation_code(name)
    with pytest.raises(refused, match="CodeMismatchException"):
        one.confirm_sign_up("000000")
    one.confirm_sign_up(CODE)
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        one.authenticate(WRONG)
    one.authenticate(PASSWORD)
    assert one.access_claims["username"] == one.id_claims["cognito:username"] == name
    assert one.id_claims["email"] == EMAIL and one.id_claims["email_verified"] is True
    assert one.check_token(renew=False) is False
    seen = one.get_user()
    assert (seen.username, seen.email, seen.given_name, seen.sub) == (name, EMAIL, "Alice", made["UserSub"])

    before = one.access_token
    one.renew_access_token()
    assert one.access_token != before and one.refresh_token
    one.verify_tokens()

    another.authenticate(PASSWORD)
    old = another.access_token
    one.logout()
    with pytest.raises(refused, match=r"NotAuthorizedException.*Access Token has been revoked"):
        another.client.get_user(AccessToken=old)
    with pytest.raises(refused, match="NotAuthorizedException"):
        another.renew_access_token()
    another.authenticate(PASSWORD)
    another.delete_user()
    with pytest.raises(refused, match="UserNotFoundException"):
        one.authenticate(PASSWORD)


def test_administration(make_user: Callable[[], Any], name: str) -> None:
    user = make_user()
    user.admin_create_user(name, temporary_password=PASSWORD, email=EMAIL)
    assert user.admin_get_user().user_status == "FORCE_CHANGE_PASSWORD"
    with pytest.raises(module("pycognito.exceptions").ForceChangePasswordException):
        user.authenticate(PASSWORD)
    user.new_password_challenge(PASSWORD, "An0ther-one!")
    user.authenticate("An0ther-one!")
    seen = user.admin_get_user()
    assert (seen.user_status, seen.email) == ("CONFIRMED", EMAIL)
    assert name in [each.username for each in user.get_users()]
    user.admin_delete_user()
    assert name not in [each.username for each in user.get_users()]


def test_administrator_confirms_a_sign_up(make_user: Callable[[], Any], name: str) -> None:
    user = make_user()
    user.set_base_attributes(email=EMAIL)
    user.register(name, PASSWORD)
    user.admin_confirm_sign_up()
    user.authenticate(PASSWORD)
    assert user.id_claims.get("email_verified") is not True


def test_altered_proofs_are_refused(
    make_user: Callable[[], Any], client: AppClient, name: str, refused: type[Exception]
) -> None:
    """The pool accepts the right answer to a challenge twice, and refuses every altered answer."""
    user = make_user()
    signed_up(user, name)
    srp = module("pycognito.aws_srp").AWSSRP(
        name, PASSWORD, client.user_pool_id, client.client_id, client=user.client, client_secret=client.client_secret
    )
    asked = user.client.initiate_auth(
        AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params(), ClientId=client.client_id
    )
    right = srp.process_challenge(asked["ChallengeParameters"], srp.get_auth_params())

    def answer(**changed: str) -> Any:
        return user.client.respond_to_auth_challenge(
            ClientId=client.client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses={**right, **changed}
        )

    assert "Session" not in asked and asked["ChallengeParameters"]["USER_ID_FOR_SRP"] == name
    assert answer()["AuthenticationResult"]["TokenType"] == "Bearer"
    assert answer()["AuthenticationResult"]["AccessToken"]
    signature, block = right["PASSWORD_CLAIM_SIGNATURE"], right["PASSWORD_CLAIM_SECRET_BLOCK"]
    other = "B" if signature[0] == "A" else "A"
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        answer(PASSWORD_CLAIM_SIGNATURE=other + signature[1:])
    other = "B" if block[100] == "A" else "A"
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        answer(PASSWORD_CLAIM_SECRET_BLOCK=block[:100] + other + block[101:])
    with pytest.raises(refused, match=r"InvalidParameterException.*TIMESTAMP format should be"):
        answer(TIMESTAMP="2026-09-05T12:00:00Z")


def test_wrong_client_secret_is_refused(
    make_user: Callable[[], Any], client: AppClient, name: str, refused: type[Exception]
) -> None:
    user = make_user()
    signed_up(user, name)
    user.client_secret = "wrong0secret0wrong0secret"
    if client.client_secret is None:
        expected = "InvalidParameterException.*is not configured for secret but secret hash was received"
    else:
        expected = "NotAuthorizedException.*SecretHash does not match for the client"
    with pytest.raises(refused, match=expected):
        user.authenticate(PASSWORD)
    if client.client_secret is not None:
        user.client_secret = None
        with pytest.raises(refused, match="is configured with secret but SECRET_HASH was not received"):
            user.authenticate(PASSWORD)
