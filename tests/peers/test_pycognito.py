"""pycognito against our served local pool, with and without a client secret; it verifies every token that it gets."""

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
def person(client: AppClient, name: str, pycognito_user: Callable[[AppClient, str], Any]) -> Callable[[], Any]:
    """Makes the same user, each time as if in another program."""
    return lambda: pycognito_user(client, name)


def signed_up(user: Any, name: str, **attributes: str) -> None:
    user.set_base_attributes(**{"email": EMAIL, **attributes})
    user.register(name, PASSWORD)
    user.confirm_sign_up(CODE)


def test_the_life_of_an_account(
    person: Callable[[], Any], name: str, client: AppClient, refused: type[Exception]
) -> None:
    here, there = person(), person()
    here.set_base_attributes(email=EMAIL, given_name="Alice")
    made = here.register(name, PASSWORD)
    assert made["UserConfirmed"] is False and made["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    with pytest.raises(refused, match="UserNotConfirmedException"):
        here.authenticate(PASSWORD)
    here.resend_confirmation_code(name)
    with pytest.raises(refused, match="CodeMismatchException"):
        here.confirm_sign_up("000000")
    here.confirm_sign_up(CODE)
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        here.authenticate(WRONG)
    here.authenticate(PASSWORD)
    assert here.access_claims["username"] == here.id_claims["cognito:username"] == name
    assert here.id_claims["email"] == EMAIL and here.id_claims["email_verified"] is True
    assert here.check_token(renew=False) is False
    seen = here.get_user()
    assert (seen.username, seen.email, seen.given_name, seen.sub) == (name, EMAIL, "Alice", made["UserSub"])

    before = here.access_token
    here.renew_access_token()
    assert here.access_token != before and here.refresh_token
    here.verify_tokens()

    there.authenticate(PASSWORD)
    old = there.access_token
    here.logout()
    with pytest.raises(refused, match=r"NotAuthorizedException.*Access Token has been revoked"):
        there.client.get_user(AccessToken=old)
    with pytest.raises(refused, match="NotAuthorizedException"):
        there.renew_access_token()
    there.authenticate(PASSWORD)
    there.delete_user()
    with pytest.raises(refused, match="UserNotFoundException"):
        here.authenticate(PASSWORD)


def test_administration(person: Callable[[], Any], name: str) -> None:
    user = person()
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


def test_an_administrator_confirms_a_sign_up(person: Callable[[], Any], name: str) -> None:
    user = person()
    user.set_base_attributes(email=EMAIL)
    user.register(name, PASSWORD)
    user.admin_confirm_sign_up()
    user.authenticate(PASSWORD)
    assert user.id_claims.get("email_verified") is not True


def test_a_proof_is_judged_on_the_wire(
    person: Callable[[], Any], client: AppClient, name: str, refused: type[Exception]
) -> None:
    """The same challenge takes the right answer twice, and none that is not quite right."""
    user = person()
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


def test_a_wrong_client_secret_is_refused(
    person: Callable[[], Any], client: AppClient, name: str, refused: type[Exception]
) -> None:
    user = person()
    signed_up(user, name)
    user.client_secret = "wrong0secret0wrong0secret"
    if client.client_secret is None:
        expected = "InvalidParameterException.*is not configured for secret but secret hash was received"
    else:
        expected = "NotAuthorizedException.*Unable to verify secret hash for client"
    with pytest.raises(refused, match=expected):
        user.authenticate(PASSWORD)
    if client.client_secret is not None:
        user.client_secret = None
        with pytest.raises(refused, match="is configured with secret but SECRET_HASH was not received"):
            user.authenticate(PASSWORD)
