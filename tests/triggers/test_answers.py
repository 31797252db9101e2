"""The answers that the events make, and what they refuse and hide."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from cognito_async import errors, triggers
from cognito_async._triggers.parsing import EVENTS

ROLE = "arn:aws:iam::123456789012:role/staff"


def event_of(source: str, version: str = "1", **request: Any) -> dict[str, Any]:
    return {
        "version": version,
        "region": "eu-central-1",
        "userPoolId": "eu-central-1_AbCdEfGhI",
        "userName": "alice",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client"},
        "triggerSource": source,
        "request": request,
        "response": {},
    }


def answered(event: dict[str, Any], answer: dict[str, Any]) -> Any:
    """Return the response. The rest of an answer is the event, and all of it is JSON."""
    assert json.loads(json.dumps(answer)) == {**event, "response": answer["response"]}
    return answer["response"]


@pytest.mark.parametrize("verify", [{}, {"verify_email": True}, {"verify_phone_number": True}])
def test_user_is_confirmed(verify: dict[str, bool]) -> None:
    event = event_of("PreSignUp_SignUp")
    assert answered(event, triggers.PreSignUp.parse(event).confirm(**verify)) == {
        "autoConfirmUser": True,
        "autoVerifyEmail": verify.get("verify_email", False),
        "autoVerifyPhone": verify.get("verify_phone_number", False),
    }


def test_response_can_be_set_by_hand() -> None:
    sign_up = triggers.PreSignUp.parse(event_of("PreSignUp_SignUp"))
    sign_up.response.auto_confirm_user = True
    assert sign_up.to_dict()["response"] == {"autoConfirmUser": True}
    with pytest.raises(ValueError, match="auto_confirm_user"):
        sign_up.response.auto_confirm_user = "perhaps"  # type: ignore[assignment]


def test_next_step_of_a_custom_sign_in_is_decided() -> None:
    event = event_of("DefineAuthChallenge_Authentication", session=None)
    define = triggers.DefineAuthChallenge.parse(event)
    assert define.request.session == []
    no = {"challengeName": None, "issueTokens": False, "failAuthentication": False}
    assert answered(event, define.ask()) == no | {"challengeName": "CUSTOM_CHALLENGE"}
    assert answered(event, define.ask("PASSWORD_VERIFIER")) == no | {"challengeName": "PASSWORD_VERIFIER"}
    assert answered(event, define.issue_tokens()) == no | {"issueTokens": True}
    assert answered(event, define.fail()) == no | {"failAuthentication": True}


def test_results_of_earlier_challenges_are_read() -> None:
    results = [{"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}]
    define = triggers.DefineAuthChallenge.parse(event_of("DefineAuthChallenge_Authentication", session=results))
    [result] = define.request.session
    assert (result.challenge_name, result.challenge_result, result.challenge_metadata) == ("SRP_A", True, None)
    assert define.to_dict()["request"]["session"] == results


def test_challenge_is_created() -> None:
    event = event_of("CreateAuthChallenge_Authentication", challengeName="CUSTOM_CHALLENGE", session=[])
    create = triggers.CreateAuthChallenge.parse(event)
    parameters = {
        "publicChallengeParameters": {"question": "6 × 7"},
        "privateChallengeParameters": {"answer": "42"},
    }
    assert answered(event, create.challenge(public={"question": "6 × 7"}, private={"answer": "42"})) == parameters
    again = create.challenge(public={"question": "6 × 7"}, private={"answer": "42"}, metadata="sum")
    assert answered(event, again) == parameters | {"challengeMetadata": "sum"}


@pytest.mark.parametrize("correct", [True, False])
def test_answer_is_judged(correct: bool) -> None:
    event = event_of("VerifyAuthChallengeResponse_Authentication", challengeAnswer="42")
    verify = triggers.VerifyAuthChallengeResponse.parse(event)
    assert answered(event, verify.answer(correct=correct)) == {"answerCorrect": correct}


GROUPS = {"groupsToOverride": ["staff"], "iamRolesToOverride": [ROLE], "preferredRole": ROLE}


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({}, {}),
        ({"id_claims": {"tenant": "a"}}, {"claimsToAddOrOverride": {"tenant": "a"}}),
        ({"suppress_id_claims": {"email"}}, {"claimsToSuppress": ["email"]}),
        ({"groups": []}, {"groupOverrideDetails": GROUPS | {"groupsToOverride": []}}),
        ({"groups": ["a"]}, {"groupOverrideDetails": GROUPS | {"groupsToOverride": ["a"]}}),
        ({"roles": []}, {"groupOverrideDetails": GROUPS | {"iamRolesToOverride": []}}),
        ({"preferred_role": "other"}, {"groupOverrideDetails": GROUPS | {"preferredRole": "other"}}),
    ],
)
def test_id_token_and_groups_are_changed(changes: Any, details: dict[str, Any]) -> None:
    event = event_of("TokenGeneration_Authentication", groupConfiguration=GROUPS)
    generation = triggers.PreTokenGeneration.parse(event)
    assert answered(event, generation.change_tokens(**changes)) == {"claimsOverrideDetails": details}


@pytest.mark.parametrize("kind", [triggers.PreTokenGenerationV2, triggers.PreTokenGenerationV3])
@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({}, {}),
        (
            {"id_claims": {"plan": {"seats": 3}}},
            {"idTokenGeneration": {"claimsToAddOrOverride": {"plan": {"seats": 3}}}},
        ),
        ({"suppress_id_claims": ["email"]}, {"idTokenGeneration": {"claimsToSuppress": ["email"]}}),
        ({"access_claims": {"n": 1}}, {"accessTokenGeneration": {"claimsToAddOrOverride": {"n": 1}}}),
        ({"suppress_access_claims": ["n"]}, {"accessTokenGeneration": {"claimsToSuppress": ["n"]}}),
        ({"add_scopes": ["orders/read"]}, {"accessTokenGeneration": {"scopesToAdd": ["orders/read"]}}),
        ({"suppress_scopes": ("openid",)}, {"accessTokenGeneration": {"scopesToSuppress": ["openid"]}}),
        ({"groups": ["a"]}, {"groupOverrideDetails": GROUPS | {"groupsToOverride": ["a"]}}),
    ],
)
def test_both_tokens_are_changed(kind: Any, changes: Any, details: dict[str, Any]) -> None:
    version = "2" if kind is triggers.PreTokenGenerationV2 else "3"
    event = event_of("TokenGeneration_Authentication", version, scopes=["openid"], groupConfiguration=GROUPS)
    answer = kind.parse(event).change_tokens(**changes)
    assert answered(event, answer) == {"claimsAndScopeOverrideDetails": details}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS", "forceAliasCreation": False}),
        (
            {"confirmed": False, "welcome_by": ["EMAIL"], "force_alias": True, "enable_sms_mfa": True},
            {
                "finalUserStatus": "RESET_REQUIRED",
                "desiredDeliveryMediums": ["EMAIL"],
                "forceAliasCreation": True,
                "enableSMSMFA": True,
            },
        ),
    ],
)
def test_user_is_migrated(arguments: Any, expected: dict[str, Any]) -> None:
    event = event_of("UserMigration_Authentication", password="Passw0rd!")
    migration = triggers.UserMigration.parse(event)
    response = answered(event, migration.migrate({"email": "f@example.com"}, **arguments))
    assert response == {"userAttributes": {"email": "f@example.com"}} | expected


@pytest.mark.parametrize(
    "name",
    ["groups", "roles", "suppress_id_claims", "suppress_access_claims", "add_scopes", "suppress_scopes"],
)
def test_one_text_is_no_list_of_its_letters(name: str) -> None:
    given: Any = {name: "admin"}
    with pytest.raises(errors.ConfigurationError, match=f"^{name} must be a list of strings, not one string$"):
        triggers.PreTokenGenerationV2.parse(event_of("TokenGeneration_Authentication", "2")).change_tokens(**given)


def test_texts_are_written() -> None:
    event = event_of("CustomMessage_SignUp", codeParameter="{####}", usernameParameter=None)
    message = triggers.CustomMessage.parse(event)
    answer = message.write(email="Your code is {####}", subject="Welcome", sms="{####}")
    assert answered(event, answer) == {
        "emailMessage": "Your code is {####}",
        "emailSubject": "Welcome",
        "smsMessage": "{####}",
    }


@pytest.mark.parametrize("response", [{"response": {}}, {}])
def test_default_that_a_handler_fills_in_is_answered(response: dict[str, Any]) -> None:
    federation = triggers.InboundFederation.parse({"triggerSource": "InboundFederation_ExternalProvider", **response})
    federation.response.user_attributes_to_map["email"] = "f@example.com"
    assert federation.to_dict()["response"] == {"userAttributesToMap": {"email": "f@example.com"}}


def test_attributes_of_another_provider_are_mapped() -> None:
    event = event_of("InboundFederation_ExternalProvider", providerName="Okta", attributes=None)
    federation = triggers.InboundFederation.parse(event)
    assert federation.request.attributes == {}
    assert answered(event, federation.map_attributes({"email": "f@example.com"})) == {
        "userAttributesToMap": {"email": "f@example.com"}
    }


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_event_of_another_trigger_is_refused_by_name(kind: type[triggers.TriggerEvent]) -> None:
    other = "PostConfirmation_ConfirmSignUp" if kind is triggers.PreSignUp else "PreSignUp_SignUp"
    with pytest.raises(errors.ConfigurationError, match=f"this is not an event of {kind.__name__}"):
        kind.parse(event_of(other))


def test_event_of_another_version_is_refused() -> None:
    event = event_of("TokenGeneration_Authentication", "2")
    for kind in (triggers.PreTokenGeneration, triggers.PreTokenGenerationV3):
        with pytest.raises(errors.ConfigurationError, match="this is not an event of"):
            kind.parse(event)


@pytest.mark.parametrize("event", [None, "secret", [], {}, {"triggerSource": 1}, {"version": "1"}])
def test_value_that_is_no_event_is_refused(event: Any) -> None:
    for parse in (triggers.parse, triggers.PreSignUp.parse):
        if event in ({}, {"version": "1"}) and parse is not triggers.parse:
            continue  # a sample of Amazon's guide may lack the source
        with pytest.raises(errors.ConfigurationError) as refused:
            parse(event)
        assert "secret" not in str(refused.value)


def test_wrong_value_is_named_but_not_shown() -> None:
    event = event_of("VerifyAuthChallengeResponse_Authentication") | {"response": {"answerCorrect": "markersecret"}}
    with pytest.raises(errors.ConfigurationError) as refused:
        triggers.parse(event)
    assert "response.answerCorrect" in str(refused.value) and "markersecret" not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__context__ is None


def test_secrets_are_not_in_the_repr() -> None:
    marked = {"a": "markersecret"}
    events = [
        event_of("UserMigration_Authentication", password="markersecret", validationData=marked),
        event_of("PreSignUp_SignUp", clientMetadata=marked, validationData=marked, later="markersecret"),
        event_of(
            "VerifyAuthChallengeResponse_Authentication",
            challengeAnswer="markersecret",
            privateChallengeParameters=marked,
        ),
        event_of("DefineAuthChallenge_Authentication", session=[{"challengeMetadata": "markersecret"}]),
        event_of("CustomEmailSender_SignUp", code="markersecret", userAttributes=marked),
        event_of("InboundFederation_ExternalProvider", attributes={"idToken": marked}),
        event_of("PostFax_Sent", fax="markersecret"),
    ]
    for event in events:
        read = triggers.parse(event)
        assert "markersecret" not in repr(read) + str(read)
        assert read.trigger_source in repr(read)
        assert read.to_dict() == event
    create = triggers.CreateAuthChallenge.parse(event_of("CreateAuthChallenge_Authentication"))
    create.challenge(public={}, private=marked, metadata="markersecret")
    assert "markersecret" not in repr(create)


def test_copies_and_excluded_members_are_dumped() -> None:
    event = event_of("PreSignUp_SignUp", userAttributes={"email": "f@example.com"})
    sign_up = triggers.PreSignUp.parse(event)
    assert copy.deepcopy(sign_up) == sign_up and copy.deepcopy(sign_up).to_dict() == event
    assert "callerContext" not in sign_up.model_dump(exclude={"caller_context"})


def test_event_is_made_by_hand() -> None:
    made = triggers.PreSignUp(user_name="alice", trigger_source="PreSignUp_SignUp")
    made.request.user_attributes = {"email": "f@example.com"}
    made.confirm()
    assert made.to_dict() == {
        "userName": "alice",
        "triggerSource": "PreSignUp_SignUp",
        "request": {"userAttributes": {"email": "f@example.com"}},
        "response": {"autoConfirmUser": True, "autoVerifyEmail": False, "autoVerifyPhone": False},
    }


def test_versions_of_the_token_event_are_separate_classes() -> None:
    """A `case` for version 2 must not match version 3."""
    event = triggers.parse(event_of("TokenGeneration_Authentication", "3"))
    assert isinstance(event, triggers.PreTokenGenerationV3) and not isinstance(event, triggers.PreTokenGenerationV2)


@pytest.mark.parametrize("version", [None, 1, "1"])
def test_version_of_another_type_is_read(version: Any) -> None:
    event = event_of("PreSignUp_SignUp") | {"version": version}
    assert triggers.PreSignUp.parse(event).to_dict() == event


def test_number_of_a_version_is_read() -> None:
    event = event_of("TokenGeneration_Authentication") | {"version": 2}
    assert isinstance(triggers.parse(event), triggers.PreTokenGenerationV2)


def test_null_flags_read_as_false_until_they_are_set() -> None:
    event = event_of("PreSignUp_SignUp") | {"response": {"autoConfirmUser": None, "autoVerifyEmail": None}}
    sign_up = triggers.PreSignUp.parse(event)
    assert sign_up.response.auto_confirm_user is False and sign_up.to_dict() == event
    sign_up.response.auto_verify_email = False
    assert sign_up.to_dict()["response"] == {"autoConfirmUser": None, "autoVerifyEmail": False}


def test_malformed_event_of_a_known_trigger_is_not_read_as_an_unknown_one() -> None:
    malformed = event_of("PreSignUp_SignUp") | {"response": {"autoConfirmUser": "perhaps"}}
    with pytest.raises(ValidationError):
        TypeAdapter(triggers.AnyTriggerEvent).validate_python(malformed)
    with pytest.raises(errors.ConfigurationError, match="this is not an event of UnknownTrigger"):
        triggers.UnknownTrigger.parse(event_of("PreSignUp_SignUp"))


def test_second_answer_replaces_the_first() -> None:
    migration = triggers.UserMigration.parse(event_of("UserMigration_Authentication"))
    migration.migrate({"email": "f@example.com"}, enable_sms_mfa=True)
    response = migration.migrate({"email": "g@example.com"}, welcome_by=["SMS"])["response"]
    assert response["messageAction"] is None and response["enableSMSMFA"] is None
    assert response["desiredDeliveryMediums"] == ["SMS"]
    create = triggers.CreateAuthChallenge.parse(event_of("CreateAuthChallenge_Authentication"))
    create.challenge(public={}, private={}, metadata="first")
    assert create.challenge(public={}, private={})["response"]["challengeMetadata"] is None


def test_answer_shares_no_empty_object_with_the_event() -> None:
    event = event_of("PreSignUp_SignUp", clientMetadata={})
    answer = triggers.PreSignUp.parse(event).to_dict()
    answer["request"]["clientMetadata"]["seen"] = "yes"
    assert event["request"]["clientMetadata"] == {}


def test_repr_leaves_out_a_member_that_came_under_both_names() -> None:
    request: dict[str, Any] = {"userAttributes": {"email": "f@example.com"}, "user_attributes": "markersecret"}
    assert "markersecret" not in repr(triggers.PreSignUp.parse(event_of("PreSignUp_SignUp", **request)))
