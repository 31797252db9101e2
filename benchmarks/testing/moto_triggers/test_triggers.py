"""`examples/lambda_triggers/tests/test_triggers.py`, as far as moto can. No test shows that Cognito takes an answer."""

from collections.abc import Callable
from typing import Any

import pytest
from shop_triggers import challenge, messages, migration, sign_up, tokens

Event = Callable[..., dict[str, Any]]
ATTRIBUTES = {"sub": "9b2d…", "email": "alice@example.com", "email_verified": "true"}
SIGN_UP_ANSWER = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
MESSAGE_ANSWER = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
NEXT_STEP = {"challengeName": None, "issueTokens": None, "failAuthentication": None}


def test_allowed_domain_may_sign_up(event: Event) -> None:
    given = event("PreSignUp_SignUp", {"userAttributes": {"email": "alice@example.com"}}, SIGN_UP_ANSWER)
    assert sign_up.pre_sign_up(given, None)["response"] == SIGN_UP_ANSWER


def test_other_domain_is_refused(event: Event) -> None:
    given = event("PreSignUp_SignUp", {"userAttributes": {"email": "eve@evil.example"}}, SIGN_UP_ANSWER)
    with pytest.raises(PermissionError, match=r"evil\.example"):
        sign_up.pre_sign_up(given, None)


def test_member_is_saved_after_the_confirmation(event: Event, members: Any) -> None:
    given = event("PostConfirmation_ConfirmSignUp", {"userAttributes": ATTRIBUTES}, {})
    sign_up.post_confirmation(given, None)
    assert members.scan()["Items"] == [{"sub": "9b2d…", "email": "alice@example.com", "plan": "free"}]


def test_new_password_adds_no_member(event: Event, members: Any) -> None:
    given = event("PostConfirmation_ConfirmForgotPassword", {"userAttributes": ATTRIBUTES}, {})
    sign_up.post_confirmation(given, None)
    assert members.scan()["Items"] == []


def test_welcome_has_the_code(event: Event) -> None:
    request = {"userAttributes": ATTRIBUTES, "codeParameter": "{####}", "usernameParameter": None}
    answer = messages.custom_message(event("CustomMessage_SignUp", request, MESSAGE_ANSWER), None)["response"]
    assert (answer["emailSubject"], answer["emailMessage"]) == ("Welcome to the shop", "Your code is {####}.")


def test_tokens_have_the_plan(event: Event) -> None:
    request = {
        "userAttributes": {**ATTRIBUTES, "custom:plan": "gold"},
        "groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None},
        "scopes": ["aws.cognito.signin.user.admin"],
    }
    empty = {"claimsAndScopeOverrideDetails": None}
    answer = tokens.pre_token_generation(event("TokenGeneration_Authentication", request, empty, "2"), None)
    details = answer["response"]["claimsAndScopeOverrideDetails"]
    assert details["accessTokenGeneration"]["claimsToAddOrOverride"] == {"plan": "gold"}
    assert details["idTokenGeneration"]["claimsToAddOrOverride"] == {"plan": "gold"}


@pytest.mark.parametrize(("groups", "scopes"), [(["managers"], ["orders/report"]), ([], None)])
def test_managers_may_read_reports(event: Event, groups: list[str], scopes: list[str] | None) -> None:
    request = {
        "userAttributes": ATTRIBUTES,
        "groupConfiguration": {"groupsToOverride": groups, "iamRolesToOverride": [], "preferredRole": None},
        "scopes": ["aws.cognito.signin.user.admin"],
    }
    empty = {"claimsAndScopeOverrideDetails": None}
    answer = tokens.pre_token_generation(event("TokenGeneration_Authentication", request, empty, "2"), None)
    details = answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]
    assert details.get("scopesToAdd") == scopes


def test_customer_of_the_old_shop_is_moved(event: Event) -> None:
    request = {"password": "0ld-passw0rd!", "validationData": None, "userNotFound": True}
    given = {**event("UserMigration_Authentication", request, {}), "userName": "olga"}
    answer = migration.user_migration(given, None)["response"]
    assert answer["userAttributes"] == {"email": "olga@example.com", "email_verified": "true"}
    assert (answer["finalUserStatus"], answer["messageAction"]) == ("CONFIRMED", "SUPPRESS")
    given["request"]["password"] = "a-wr0ng-One!"
    with pytest.raises(PermissionError):
        migration.user_migration(given, None)


def test_sign_in_with_a_code(event: Event, mails: list[Any]) -> None:
    first = event("DefineAuthChallenge_Authentication", {"userAttributes": ATTRIBUTES, "session": []}, NEXT_STEP)
    assert challenge.define(first, None)["response"]["challengeName"] == "CUSTOM_CHALLENGE"
    request = {"userAttributes": ATTRIBUTES, "challengeName": "CUSTOM_CHALLENGE", "session": []}
    made = challenge.create(event("CreateAuthChallenge_Authentication", request, {}), None)["response"]
    (mail,) = mails
    assert mail.destinations["ToAddresses"] == ["alice@example.com"]
    code = mail.body.removeprefix("Your code is ").rstrip(".")
    private = made["privateChallengeParameters"]
    request = {"userAttributes": ATTRIBUTES, "privateChallengeParameters": private, "challengeAnswer": code}
    verified = challenge.verify(event("VerifyAuthChallengeResponse_Authentication", request, {}), None)
    assert verified["response"]["answerCorrect"]
    session = [{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": code}]
    last = event("DefineAuthChallenge_Authentication", {"userAttributes": ATTRIBUTES, "session": session}, NEXT_STEP)
    assert challenge.define(last, None)["response"]["issueTokens"]


def test_three_wrong_codes_end_the_sign_in(event: Event) -> None:
    wrong = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "123456"}
    for number, fails in ((1, False), (2, False), (3, True)):
        request = {"userAttributes": ATTRIBUTES, "session": [wrong] * number}
        given = event("DefineAuthChallenge_Authentication", request, dict(NEXT_STEP))
        assert challenge.define(given, None)["response"]["failAuthentication"] is fails
    request = {"userAttributes": ATTRIBUTES, "challengeName": "CUSTOM_CHALLENGE", "session": [wrong]}
    made = challenge.create(event("CreateAuthChallenge_Authentication", request, {}), None)["response"]
    assert made["privateChallengeParameters"] == {"code": "123456"}
