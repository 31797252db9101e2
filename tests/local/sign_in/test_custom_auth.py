"""CUSTOM_AUTH: rounds of challenges that the pool's triggers define."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import INCORRECT, PASSWORD, Wire, answer, answer_refused, answering, refusal
from ..srp_client import SrpClient

pytestmark = [pytest.mark.anyio, pytest.mark.table]
DEAD = refusal("Invalid session for the user.")
NOT_CONFIGURED = ("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.")


class Quiz:
    """Triggers that ask until two answers are right, and refuse the sign-in after four rounds."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    async def define(self, event: dict[str, Any]) -> dict[str, Any]:
        self.events.append(event)
        rounds, response = event["request"]["session"], event["response"]
        right = [each for each in rounds if each["challengeName"] == "CUSTOM_CHALLENGE" and each["challengeResult"]]
        if rounds and rounds[-1]["challengeName"] == "SRP_A":
            response["challengeName"] = "PASSWORD_VERIFIER"
        elif len(right) == 2:
            response["issueTokens"] = True
        elif len(rounds) >= 4:
            response["failAuthentication"] = True
        else:
            response["challengeName"] = "CUSTOM_CHALLENGE"
        return event

    async def create(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        number = len(event["request"]["session"])
        event["response"]["publicChallengeParameters"] = {"question": f"{number} + 1"}
        event["response"]["privateChallengeParameters"] = {"right": str(number + 1)}
        if number:
            event["response"]["challengeMetadata"] = f"ROUND_{number}"

    async def verify(self, event: dict[str, Any]) -> dict[str, Any]:
        self.events.append(event)
        request = event["request"]
        event["response"]["answerCorrect"] = (
            request["challengeAnswer"] == request["privateChallengeParameters"]["right"]
        )
        return event

    def triggers(self, **others: Any) -> Triggers:
        chosen: dict[str, Any] = {
            "define_auth_challenge": self.define,
            "create_auth_challenge": self.create,
            "verify_auth_challenge_response": self.verify,
            **others,
        }
        return Triggers(**chosen)


async def pool_with(triggers: Triggers, client: AppClientSettings | None = None) -> Wire:
    wire = Wire(PoolSettings(triggers=triggers), client)
    await wire.signed_up()
    return wire


async def begin(wire: Wire, name: str = "alice", **parameters: str) -> Any:
    return await wire.initiate("CUSTOM_AUTH", USERNAME=name, **parameters)


async def test_rounds_continue_until_the_triggers_issue_tokens() -> None:
    quiz = Quiz()
    wire = await pool_with(quiz.triggers())
    first = await begin(wire)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert first["ChallengeParameters"] == {"USERNAME": "alice", "question": "0 + 1"}
    second = await answer(wire, first, ANSWER="1")
    assert second["Session"] != first["Session"] and second["ChallengeParameters"]["question"] == "1 + 1"
    assert "AuthenticationResult" in await answer(wire, second, ANSWER="2")
    define = [event for event in quiz.events if event["triggerSource"] == "DefineAuthChallenge_Authentication"]
    assert define[-1]["request"]["session"] == [
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": None},
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "ROUND_1"},
    ]
    assert define[0]["userName"] == "alice" and define[0]["userPoolId"] == wire.pool.id
    assert define[0]["callerContext"]["clientId"] == wire.client.id
    assert define[0]["request"]["userAttributes"]["email"] == "f@example.com"
    assert define[0]["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert "userNotFound" not in define[0]["request"]
    create = [event for event in quiz.events if event["triggerSource"] == "CreateAuthChallenge_Authentication"]
    assert [event["request"]["challengeName"] for event in create] == ["CUSTOM_CHALLENGE"] * 2
    assert create[1]["request"]["session"] == define[1]["request"]["session"]
    [verify, _] = [event["request"] for event in quiz.events if event["triggerSource"].startswith("Verify")]
    assert (verify["challengeAnswer"], verify["privateChallengeParameters"]) == ("1", {"right": "1"})


async def test_triggers_decide_after_a_wrong_answer() -> None:
    wire = await pool_with(Quiz().triggers())
    asked = await begin(wire)
    for _ in range(3):
        asked = await answer(wire, asked, ANSWER="wrong")
        assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert await answer_refused(wire, asked, ANSWER="wrong") == INCORRECT
    assert await answer_refused(wire, asked, ANSWER="4") == DEAD


async def test_answered_round_cannot_be_answered_again() -> None:
    wire = await pool_with(Quiz().triggers())
    asked = await begin(wire)
    await answer(wire, asked, ANSWER="1")
    used = refusal("Invalid session for the user, session can only be used once.")
    assert await answer_refused(wire, asked, ANSWER="1") == used


async def test_srp_is_the_first_round() -> None:
    quiz = Quiz()
    wire = await pool_with(quiz.triggers())
    srp = SrpClient(wire.pool.id)
    verifier = await begin(wire, CHALLENGE_NAME="SRP_A", SRP_A=srp.srp_a)
    assert verifier["ChallengeName"] == "PASSWORD_VERIFIER" and verifier["Session"]
    wrong = srp.answer(verifier["ChallengeParameters"], "wrong", wire.clock.now())
    assert await answer_refused(wire, verifier, **wrong) == INCORRECT
    right = srp.answer(verifier["ChallengeParameters"], PASSWORD, wire.clock.now())
    asked = await answer(wire, verifier, **right)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE" and asked["ChallengeParameters"]["question"] == "2 + 1"
    assert quiz.events[-1]["request"]["session"] == [
        {"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None},
        {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True, "challengeMetadata": None},
    ]
    asked = await answer(wire, asked, ANSWER="3")
    assert "AuthenticationResult" in await answer(wire, asked, ANSWER="4")


async def test_triggers_get_the_metadata_of_answers_only() -> None:
    quiz = Quiz()
    wire = await pool_with(quiz.triggers())
    asked = await wire.call(
        "InitiateAuth", AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "alice"}, ClientMetadata={"first": "1"}
    )
    assert not any("clientMetadata" in event["request"] for event in quiz.events)
    quiz.events.clear()
    await wire.call("RespondToAuthChallenge", **answering(asked, {"ANSWER": "1"}), ClientMetadata={"shop": "7"})
    assert {event["triggerSource"].split("_")[0] for event in quiz.events} == {
        "VerifyAuthChallengeResponse",
        "DefineAuthChallenge",
        "CreateAuthChallenge",
    }
    assert all(event["request"]["clientMetadata"] == {"shop": "7"} for event in quiz.events)


async def test_hidden_unknown_user_gets_custom_challenges() -> None:
    quiz = Quiz()
    wire = await pool_with(quiz.triggers(), AppClientSettings(prevent_user_existence_errors="ENABLED"))
    asked = await begin(wire, "nobody")
    assert quiz.events[0]["request"]["userNotFound"] is True and quiz.events[0]["request"]["userAttributes"] == {}
    asked = await answer(wire, asked, ANSWER="1")
    assert await answer_refused(wire, asked, ANSWER="2") == INCORRECT
    wire = await pool_with(quiz.triggers())
    assert (await wire.initiate_refused("CUSTOM_AUTH", USERNAME="nobody"))[0] == "UserNotFoundException"


@pytest.mark.parametrize(
    "missing", ["define_auth_challenge", "create_auth_challenge", "verify_auth_challenge_response"]
)
async def test_all_three_triggers_are_needed(missing: str) -> None:
    wire = await pool_with(Quiz().triggers(**{missing: None}))
    assert await wire.initiate_refused("CUSTOM_AUTH", USERNAME="alice") == NOT_CONFIGURED


@pytest.mark.parametrize(
    ("trigger", "name"),
    [
        ("define_auth_challenge", "DefineAuthChallenge"),
        ("create_auth_challenge", "CreateAuthChallenge"),
        ("verify_auth_challenge_response", "VerifyAuthChallengeResponse"),
    ],
)
async def test_exception_of_a_trigger_refuses_the_call(trigger: str, name: str) -> None:
    async def raises(event: dict[str, Any]) -> None:
        raise KeyError("challengeMetaData")

    wire = await pool_with(Quiz().triggers(**{trigger: raises}))
    failed = ("UserLambdaValidationException", f"{name} failed with error 'challengeMetaData'.")
    if trigger == "verify_auth_challenge_response":
        assert await answer_refused(wire, await begin(wire), ANSWER="1") == failed
    else:
        assert await wire.initiate_refused("CUSTOM_AUTH", USERNAME="alice") == failed


def filling(**response: Any) -> Any:
    async def fill(event: dict[str, Any]) -> None:
        event["response"] |= response

    return fill


async def returns_a_string(event: dict[str, Any]) -> Any:
    return "text"


async def returns_no_response(event: dict[str, Any]) -> Any:
    return {"response": None}


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("define_auth_challenge", returns_a_string),
        ("define_auth_challenge", returns_no_response),
        ("define_auth_challenge", filling(challengeName="NOT_YET")),
        # SRP was not started.
        ("define_auth_challenge", filling(challengeName="PASSWORD_VERIFIER")),
        ("define_auth_challenge", filling(issueTokens="true")),
        ("define_auth_challenge", filling(failAuthentication=0)),
        ("create_auth_challenge", filling(challengeMetadata=7)),
        ("create_auth_challenge", filling(answerCorrect=True)),
        ("create_auth_challenge", filling(publicChallengeParameters=["question"])),
        ("create_auth_challenge", filling(publicChallengeParameters={"question": 1})),
        ("create_auth_challenge", filling(privateChallengeParameters={"answer": 1})),
    ],
)
async def test_invalid_response_of_a_trigger_refuses_the_call(name: str, trigger: Any) -> None:
    wire = await pool_with(Quiz().triggers(**{name: trigger}))
    refused = await wire.initiate_refused("CUSTOM_AUTH", USERNAME="alice")
    assert refused == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


async def test_repr_of_a_sign_in_shows_no_metadata_of_a_challenge() -> None:
    quiz = Quiz()

    async def create(event: dict[str, Any]) -> None:
        await quiz.create(event)
        event["response"]["challengeMetadata"] = "CODE-123456"

    wire = Wire(PoolSettings(triggers=quiz.triggers(create_auth_challenge=create)))
    await wire.signed_up()
    await wire.initiate("CUSTOM_AUTH", USERNAME="alice")
    shown = repr(list(wire.service._state.pending_sign_ins.values()))
    assert "CUSTOM_CHALLENGE" in shown and "CODE-123456" not in shown
