"""aws-amplify 6 against our served local pool: accounts, sign-in by password and by custom challenges, migration."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE
from .javascript import run_script
from .pool_triggers import MOVED, OLD_PASSWORD
from .running import AppClient

pytestmark = pytest.mark.peer
PASSWORD, WRONG, NEW = "Passw0rd!", "Passw1rd!", "An0ther-one!"
PHONE_ONLY = {"phone_number": "+15555550100"}
ATTRIBUTES = {"email": "alice@example.com", "given_name": "Alice Zoë"}
IN = {"ok": {"isSignedIn": True, "nextStep": {"signInStep": "DONE"}}}
VOID = {"ok": None}
INCORRECT = {"error": {"code": "NotAuthorizedException", "message": "Incorrect username or password."}}
MISMATCH = "CodeMismatchException"
NOT_MOVED = {
    "error": {
        "code": "UserLambdaValidationException",
        "message": "UserMigration failed with error the other directory has no such user.",
    }
}
BY_EMAIL = {"destination": "a***@e***", "deliveryMedium": "EMAIL", "attributeName": "email"}


def run_steps(client: AppClient, **steps: list[Any]) -> dict[str, Any]:
    """Run the steps and return their results by name: `{"ok": …}` or `{"error": {"code", "message"}}`."""
    pool = {
        "userPoolId": client.user_pool_id,
        "userPoolClientId": client.client_id,
        "userPoolEndpoint": client.endpoint,
    }
    return run_script("amplify.mjs", "aws-amplify", pool, steps)


def run_with_account(
    client: AppClient, name: str, contacts: dict[str, str] = ATTRIBUTES, /, **steps: list[Any]
) -> dict[str, Any]:
    """Sign up a user, confirm the sign-up, run the steps, and return the results of all steps by name."""
    made = sign_up(name, userAttributes=contacts)
    return run_steps(client, made=made, confirmed=confirm(name), **steps)


def sign_up(device: str, password: str | None = PASSWORD, **options: Any) -> list[Any]:
    given = {"password": password} if password else {}
    return ["signUp", device, {**given, "options": {"userAttributes": ATTRIBUTES, **options}}]


def confirm(device: str, code: str = CODE) -> list[Any]:
    return ["confirmSignUp", device, {"confirmationCode": code}]


def sign_in(device: str, password: str | None = PASSWORD, flow: str = "USER_SRP_AUTH", **options: Any) -> list[Any]:
    given = {"password": password} if password else {}
    return ["signIn", device, {**given, "options": {"authFlowType": flow, **options}}]


def answer(device: str, response: str, **options: Any) -> list[Any]:
    return ["confirmSignIn", device, {"challengeResponse": response, "options": options}]


def refresh(device: str) -> list[Any]:
    return ["fetchAuthSession", device, {"forceRefresh": True}]


def next_step(outcome: dict[str, Any]) -> Any:
    """Return the next step of a sign-in, as Amplify names it."""
    return outcome["ok"]["nextStep"]["signInStep"]


def refusal(outcome: dict[str, Any]) -> Any:
    return outcome["error"]["code"]


def test_account_from_sign_up_to_deletion(served: AppClient, name: str) -> None:
    outcome = run_steps(
        served,
        made=sign_up(name),
        made_again=sign_up(name),
        too_early=sign_in(name),
        mistyped=confirm(name, "000000"),
        resent=["resendSignUpCode", name],
        confirmed=confirm(name),
        wrong=sign_in(name, WRONG),
        signed_in=["signIn", name, {"password": PASSWORD}],
        signed_in_twice=sign_in(name),
        attributes=["fetchUserAttributes", name],
        session=["fetchAuthSession", name],
        refreshed=refresh(name),
        attributes_again=["fetchUserAttributes", name],
        deleted=["deleteUser", name],
        no_user=["getCurrentUser", name],
        gone=sign_in(name),
    )
    made = outcome["made"]["ok"]
    assert made["nextStep"] == {"signUpStep": "CONFIRM_SIGN_UP", "codeDeliveryDetails": BY_EMAIL}
    assert refusal(outcome["made_again"]) == "UsernameExistsException"
    assert next_step(outcome["too_early"]) == "CONFIRM_SIGN_UP" and refusal(outcome["mistyped"]) == MISMATCH
    assert outcome["resent"] == {"ok": BY_EMAIL}
    assert outcome["confirmed"] == {"ok": {"isSignUpComplete": True, "nextStep": {"signUpStep": "DONE"}}}
    assert outcome["wrong"] == INCORRECT and outcome["signed_in"] == IN
    assert refusal(outcome["signed_in_twice"]) == "UserAlreadyAuthenticatedException"
    assert outcome["attributes"] == {"ok": {"sub": made["userId"], **ATTRIBUTES, "email_verified": "true"}}

    first, second = outcome["session"]["ok"], outcome["refreshed"]["ok"]
    assert first["userSub"] == made["userId"] and first["claims"]["cognito:username"] == name
    assert second["access"] != first["access"]
    assert second["claims"]["origin_jti"] == first["claims"]["origin_jti"]
    assert outcome["attributes_again"] == outcome["attributes"]
    assert outcome["deleted"] == VOID and refusal(outcome["no_user"]) == "UserUnAuthenticatedException"
    assert refusal(outcome["gone"]) == "UserNotFoundException"


def test_sign_in_with_a_plain_password(served: AppClient, name: str) -> None:
    outcome = run_with_account(
        served,
        name,
        wrong=sign_in(name, WRONG, "USER_PASSWORD_AUTH"),
        right=sign_in(name, PASSWORD, "USER_PASSWORD_AUTH"),
        refreshed=refresh(name),
    )
    assert outcome["wrong"] == INCORRECT and outcome["right"] == IN
    assert outcome["refreshed"]["ok"]["claims"]["cognito:username"] == name


def test_sign_out_ends_only_its_own_session(served: AppClient, name: str, connect: Any) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    outcome = run_with_account(
        served,
        name,
        phone=sign_in(phone),
        laptop=sign_in(laptop),
        session=["fetchAuthSession", phone],
        out=["signOut", phone],
        no_user=["fetchAuthSession", phone],
        other_session=refresh(laptop),
    )
    assert outcome["out"] == VOID and outcome["no_user"] == VOID
    assert outcome["other_session"]["ok"]["userSub"] == outcome["made"]["ok"]["userId"]
    # Amplify does not report errors of a sign-out, so boto3 checks that the pool has revoked the token.
    client = connect(served.endpoint, served.region)
    with pytest.raises(client.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        client.get_user(AccessToken=outcome["session"]["ok"]["access"])


def test_global_sign_out_ends_every_session(served: AppClient, name: str) -> None:
    phone, laptop = f"{name}/phone", f"{name}/laptop"
    outcome = run_with_account(
        served,
        name,
        phone=sign_in(phone),
        laptop=sign_in(laptop),
        out=["signOut", laptop, {"global": True}],
        refused=["fetchUserAttributes", phone],
        not_refreshed=refresh(phone),
        no_user=["getCurrentUser", phone],
        again=sign_in(phone),
    )
    assert outcome["out"] == VOID and outcome["refused"]["error"]["message"] == "Access Token has been revoked"
    # Amplify ends the session when a refresh is refused.
    assert outcome["not_refreshed"] == VOID and refusal(outcome["no_user"]) == "UserUnAuthenticatedException"
    assert outcome["again"] == IN


def test_temporary_password_is_replaced(served: AppClient, name: str, administrator: Any) -> None:
    administrator(served).admin_create_user(
        UserPoolId=served.user_pool_id, Username=name, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    outcome = run_steps(
        served,
        asked=sign_in(name),
        weak=answer(name, "short"),
        done=answer(name, NEW, userAttributes={"given_name": "Alice"}),
        attributes=["fetchUserAttributes", name],
        out=["signOut", name],
        again=sign_in(name, NEW),
    )
    step = {"signInStep": "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED", "missingAttributes": []}
    assert outcome["asked"] == {"ok": {"isSignedIn": False, "nextStep": step}}
    assert refusal(outcome["weak"]) == "InvalidPasswordException"
    assert outcome["done"] == IN and outcome["attributes"]["ok"]["given_name"] == "Alice"
    assert outcome["again"] == IN


@pytest.mark.parametrize("flow", ["CUSTOM_WITHOUT_SRP", "CUSTOM_WITH_SRP"])
def test_custom_challenges_in_several_rounds(served_with_all: AppClient, name: str, flow: str) -> None:
    password, first = (PASSWORD, 3) if flow == "CUSTOM_WITH_SRP" else (None, 1)
    outcome = run_with_account(
        served_with_all,
        name,
        asked=sign_in(name, password, flow),
        right=answer(name, str(first)),
        done=answer(name, str(first + 1)),
        out=["signOut", name],
        asked_again=sign_in(name, password, flow),
        wrong=answer(name, "wrong"),
    )
    assert next_step(outcome["asked"]) == "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE"
    assert outcome["asked"]["ok"]["nextStep"]["additionalInfo"]["question"] == f"{first - 1} + 1"
    assert outcome["right"]["ok"]["nextStep"]["additionalInfo"]["question"] == f"{first} + 1"
    assert outcome["done"] == IN and outcome["wrong"] == INCORRECT


def test_unknown_user_moves_from_another_directory(served_with_all: AppClient, name: str) -> None:
    moved = MOVED + name
    outcome = run_steps(
        served_with_all,
        # The trigger needs the password, which SRP does not send.
        by_srp=sign_in(moved, OLD_PASSWORD),
        unknown=sign_in(name, OLD_PASSWORD, "USER_PASSWORD_AUTH"),
        wrong=sign_in(moved, WRONG, "USER_PASSWORD_AUTH"),
        moved=sign_in(moved, OLD_PASSWORD, "USER_PASSWORD_AUTH"),
        attributes=["fetchUserAttributes", moved],
        out=["signOut", moved],
        again=sign_in(moved, OLD_PASSWORD),
    )
    assert refusal(outcome["by_srp"]) == "UserNotFoundException"
    assert outcome["unknown"] == outcome["wrong"] == NOT_MOVED
    assert outcome["moved"] == outcome["again"] == IN
    assert outcome["attributes"]["ok"].items() >= {"email": "moved@example.com", "email_verified": "true"}.items()


def test_forgotten_password_moves_a_user_from_another_directory(served_with_all: AppClient, name: str) -> None:
    moved = MOVED + name
    outcome = run_steps(
        served_with_all,
        unknown=["resetPassword", name],
        sent=["resetPassword", moved],
        changed=["confirmResetPassword", moved, {"confirmationCode": CODE, "newPassword": NEW}],
        signed_in=sign_in(moved, NEW),
    )
    assert outcome["unknown"] == NOT_MOVED
    delivery = outcome["sent"]["ok"]["nextStep"]["codeDeliveryDetails"]
    assert delivery == {"destination": "m***@e***", "deliveryMedium": "EMAIL", "attributeName": "email"}
    assert outcome["changed"] == VOID and outcome["signed_in"] == IN
