"""amazon-cognito-identity-js, AWS's client for browsers, against our served local pool."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async.local import LocalUserPool

from .conftest import CODE
from .javascript import run_script
from .running import AppClient

pytestmark = pytest.mark.peer
PASSWORD, WRONG = "Passw0rd!", "Passw1rd!"
ATTRIBUTES = {"email": "alice@example.com", "given_name": "Alice Zoë"}
INCORRECT = {"error": {"code": "NotAuthorizedException", "message": "Incorrect username or password."}}
REVOKED = {"error": {"code": "NotAuthorizedException", "message": "Access Token has been revoked"}}


def run_steps(client: AppClient, *steps: list[Any]) -> list[Any]:
    """Run the steps and return their results by name: `{"ok": …}` or `{"error": {"code", "message"}}`."""
    pool = {"UserPoolId": client.user_pool_id, "ClientId": client.client_id, "endpoint": client.endpoint}
    numbered = {str(number): step for number, step in enumerate(steps)}
    return list(run_script("identity_js.js", "amazon-cognito-identity-js", pool, numbered).values())


def test_account_from_sign_up_to_deletion(served: AppClient, name: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    steps: dict[str, list[Any]] = {
        "signed up": ["signUp", phone, PASSWORD, ATTRIBUTES],
        "signed up again": ["signUp", phone, PASSWORD, ATTRIBUTES],
        "too early": ["signIn", phone, PASSWORD],
        "wrong code": ["confirm", phone, "000000"],
        "resent": ["resend", phone],
        "confirmed": ["confirm", phone, CODE],
        "confirmed again": ["confirm", phone, CODE],
        "resent too late": ["resend", phone],
        "wrong password": ["signIn", phone, WRONG],
        "signed in": ["signIn", phone, PASSWORD],
        "elsewhere": ["signIn", laptop, PASSWORD],
        "attributes": ["attributes", phone],
        "user data": ["userData", phone],
        "refreshed": ["refresh", phone],
        "attributes again": ["attributes", phone],
        "signed out everywhere": ["globalSignOut", phone],
        "refused there": ["attributes", laptop],
        "in again": ["signIn", phone, PASSWORD],
        "deleted": ["deleteUser", phone],
        "gone": ["signIn", phone, PASSWORD],
    }
    outcome = dict(zip(steps, run_steps(served, *steps.values()), strict=True))

    made = outcome["signed up"]["ok"]
    delivery = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert made == {"userConfirmed": False, "userSub": made["userSub"], "codeDeliveryDetails": delivery}
    assert outcome["signed up again"]["error"]["code"] == "UsernameExistsException"
    assert outcome["too early"]["error"]["code"] == "UserNotConfirmedException"
    assert outcome["wrong code"]["error"]["code"] == "CodeMismatchException"
    assert outcome["resent"] == {"ok": {"CodeDeliveryDetails": delivery}}
    assert outcome["confirmed"] == {"ok": "SUCCESS"}
    assert outcome["confirmed again"]["error"] == {
        "code": "NotAuthorizedException",
        "message": "User cannot be confirmed. Current status is CONFIRMED",
    }
    assert outcome["resent too late"]["error"]["code"] == "InvalidParameterException"
    assert outcome["wrong password"] == INCORRECT

    tokens = outcome["signed in"]["ok"]
    assert tokens["valid"] and tokens["claims"]["sub"] == made["userSub"]
    assert (tokens["claims"]["aud"], tokens["claims"]["cognito:username"]) == (served.client_id, name)
    attributes = {"sub": made["userSub"], **ATTRIBUTES, "email_verified": "true"}
    assert outcome["attributes"] == {"ok": attributes}
    data = outcome["user data"]["ok"]
    assert data["Username"] == name
    assert {each["Name"]: each["Value"] for each in data["UserAttributes"]} == attributes
    refreshed = outcome["refreshed"]["ok"]
    assert refreshed["refresh"] == tokens["refresh"] and refreshed["access"] != tokens["access"]
    assert refreshed["claims"]["origin_jti"] == tokens["claims"]["origin_jti"]
    assert refreshed["claims"]["auth_time"] == tokens["claims"]["auth_time"]
    assert outcome["attributes again"] == {"ok": attributes}

    assert outcome["signed out everywhere"] == {"ok": "SUCCESS"}
    assert outcome["refused there"] == REVOKED
    assert "ok" in outcome["in again"]
    assert outcome["deleted"] == {"ok": "SUCCESS"}
    assert outcome["gone"]["error"] == {"code": "UserNotFoundException", "message": "User does not exist."}


def test_sign_in_with_a_plain_password(served: AppClient, name: str) -> None:
    _, _, wrong, right = run_steps(
        served,
        ["signUp", name, PASSWORD, ATTRIBUTES],
        ["confirm", name, CODE],
        ["signIn", name, WRONG, "USER_PASSWORD_AUTH"],
        ["signIn", name, PASSWORD, "USER_PASSWORD_AUTH"],
    )
    assert wrong == INCORRECT and right["ok"]["valid"]


def test_sign_out_ends_only_its_own_session(served: AppClient, name: str) -> None:
    _, _, on_phone, on_laptop, out, other_session = run_steps(
        served,
        ["signUp", name, PASSWORD, ATTRIBUTES],
        ["confirm", name, CODE],
        ["signIn", f"{name}/phone", PASSWORD],
        ["signIn", f"{name}/laptop", PASSWORD],
        ["signOut", f"{name}/phone"],
        ["attributes", f"{name}/laptop"],
    )
    assert "ok" in on_phone and "ok" in on_laptop
    assert out == {"ok": "done"}
    assert other_session["ok"]["email"] == ATTRIBUTES["email"]


def test_temporary_password_is_replaced(served: AppClient, name: str, connect: Any) -> None:
    keys = LocalUserPool().credentials
    administrator = connect(served.endpoint, served.region, keys.access_key_id, keys.secret_access_key)
    administrator.admin_create_user(
        UserPoolId=served.user_pool_id, Username=name, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    asked, weak, done, again = run_steps(
        served,
        ["signIn", name, PASSWORD],
        ["newPassword", name, "short", {}],
        ["newPassword", name, "An0ther-one!", {"given_name": "Alice"}],
        ["signIn", f"{name}/laptop", "An0ther-one!"],
    )
    assert asked == {"ok": {"newPasswordRequired": {"userAttributes": {}, "requiredAttributes": []}}}
    assert weak["error"]["code"] == "InvalidPasswordException"
    assert done["ok"]["valid"] and again["ok"]["claims"]["given_name"] == "Alice"


@pytest.mark.parametrize("password", ["Correct horse 1 battery", "Passwörd-1 ✓", "P4ss-" + "x" * 251, 'P"a\\ss/w0rd'])
def test_unusual_passwords_sign_in(served: AppClient, name: str, password: str) -> None:
    *_, right = run_steps(
        served, ["signUp", name, password, ATTRIBUTES], ["confirm", name, CODE], ["signIn", name, password]
    )
    assert right["ok"]["valid"]
