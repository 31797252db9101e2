"""The dispatcher that handles every reply of a sign-in, without an event loop, a server or a clock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from cognito_async import errors
from cognito_async._core.model import Model
from cognito_async._core.secret import Secret
from cognito_async._crypto.srp import SrpClient
from cognito_async._flows.challenges import CHALLENGES, answer
from cognito_async._flows.context import PendingChallenge, SignIn
from cognito_async._flows.protocol import Call, Done, Flow, Outcome, Pause, Pending
from cognito_async._flows.sign_in import with_password
from cognito_async.lowlevel import secret_hash
from tests.flows.walking import NOON, SMS, VERIFIER, sign_in, srp, walk
from tests.support import tokens_reply


def test_srp_sends_the_typed_name_then_the_canonical_one() -> None:
    outcome, requests = walk(srp(sign_in("secret")), VERIFIER, tokens_reply())
    assert isinstance(outcome, Done) and outcome.username == "internal"
    first, proof = requests
    assert first["AuthFlow"] == "USER_SRP_AUTH"
    assert first["AuthParameters"] == {
        "USERNAME": "typed",
        "SRP_A": "80",
        "SECRET_HASH": secret_hash("typed", "client", "secret"),
    }
    responses = proof["ChallengeResponses"]
    assert proof["ChallengeName"] == "PASSWORD_VERIFIER" and "Session" not in proof
    assert responses["USERNAME"] == "internal"
    assert responses["SECRET_HASH"] == secret_hash("internal", "client", "secret")
    assert responses["TIMESTAMP"] == "Tue Mar 3 04:05:06 UTC 2026"
    expected = SrpClient("Pool", a=7).prove(
        "for-srp", "Passw0rd!", srp_b="2", salt="0a", secret_block=responses["PASSWORD_CLAIM_SECRET_BLOCK"], at=NOON
    )
    assert responses["PASSWORD_CLAIM_SIGNATURE"] == expected.signature


def test_only_proof_computations_are_urgent() -> None:
    flow = srp(sign_in())
    urgency = []
    message: Model | None = None
    replies = [VERIFIER, tokens_reply()]
    with suppress(StopIteration):
        while True:
            step = flow.send(message)
            message = None
            if isinstance(step, Pause):
                urgency.append((len(replies), step.urgent))
            elif isinstance(step, Call):
                message = step.operation.output.model_validate(replies.pop(0))
    assert not replies
    assert {urgent for left, urgent in urgency if left == 2} == {False}
    assert {urgent for left, urgent in urgency if left == 1} == {True}


def test_any_challenge_can_follow_with_the_newest_session() -> None:
    state = sign_in()
    outcome, requests = walk(srp(state), {**VERIFIER, "Session": "session-of-the-verifier"}, SMS)
    assert requests[1]["Session"] == "session-of-the-verifier"
    assert isinstance(outcome, Pending)
    challenge = outcome.challenge
    assert (challenge.name, challenge.username, challenge.session) == ("SMS_MFA", "for-srp", Secret(SMS["Session"]))

    new = {**SMS, "ChallengeName": "NOT_YET_INVENTED", "Session": "second-session-of-twenty", "ChallengeParameters": {}}
    outcome, requests = walk(answer(sign_in(), challenge, {"SMS_MFA_CODE": "123456"}), new)
    assert requests[0]["Session"] == SMS["Session"]
    assert requests[0]["ChallengeResponses"] == {"USERNAME": "for-srp", "SMS_MFA_CODE": "123456"}
    assert isinstance(outcome, Pending) and outcome.challenge.session == Secret("second-session-of-twenty")
    assert outcome.challenge.name == "NOT_YET_INVENTED"

    outcome, requests = walk(answer(sign_in(), outcome.challenge, {"ANSWER": "x"}), tokens_reply())
    assert isinstance(outcome, Done) and requests[0]["Session"] == "second-session-of-twenty"


def test_available_challenges_are_returned() -> None:
    reply = {"ChallengeName": "SELECT_CHALLENGE", "Session": "x" * 20, "AvailableChallenges": ["EMAIL_OTP"]}
    outcome, _ = walk(with_password(sign_in(), Secret("p")), reply)
    assert isinstance(outcome, Pending) and outcome.challenge.available == ("EMAIL_OTP",)
    assert outcome.challenge.username == "typed"


def test_password_flow_sends_the_password() -> None:
    outcome, requests = walk(with_password(sign_in(), Secret("Passw0rd!")), tokens_reply())
    assert isinstance(outcome, Done) and outcome.username == "typed"
    assert requests[0]["AuthParameters"] == {"USERNAME": "typed", "PASSWORD": "Passw0rd!"}


@pytest.mark.parametrize(
    "flow", [lambda: with_password(sign_in(), Secret("p")), lambda: answer(sign_in(), PendingChallenge("X", "u"), {})]
)
def test_unexpected_proof_challenge_is_refused(flow: Callable[[], Flow[Outcome]]) -> None:
    with pytest.raises(errors.UnexpectedChallenge, match="no open SRP exchange"):
        walk(flow(), VERIFIER)


def test_second_proof_with_one_handshake_is_refused() -> None:
    with pytest.raises(errors.UnexpectedChallenge):
        walk(srp(sign_in()), VERIFIER, VERIFIER)


def test_automatic_answers_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    state = sign_in()
    monkeypatch.setattr(
        SignIn, "take_handshake", lambda self: (SrpClient("Pool", a=7), Secret("Passw0rd!")), raising=True
    )
    with pytest.raises(errors.UnexpectedChallenge, match="stopped after 4 consecutive"):
        walk(srp(state), *[VERIFIER] * 5)


@pytest.mark.parametrize("reply", [{}, {"ChallengeName": ""}, {"AuthenticationResult": {"IdToken": "x"}}])
def test_reply_without_tokens_or_challenge_is_refused(reply: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidReply, match="neither tokens nor a challenge"):
        walk(srp(sign_in()), reply)


@pytest.mark.parametrize("missing", ["SRP_B", "SALT", "SECRET_BLOCK"])
def test_incomplete_handshake_is_an_srp_error(missing: str) -> None:
    parameters = {key: value for key, value in VERIFIER["ChallengeParameters"].items() if key != missing}  # type: ignore[attr-defined]
    with pytest.raises(errors.SrpError, match=missing):
        walk(srp(sign_in()), {**VERIFIER, "ChallengeParameters": parameters})


def test_password_is_dropped_after_its_proof() -> None:
    state = sign_in()
    walk(srp(state), VERIFIER, SMS)
    assert state.handshake is None


def test_challenge_table_is_indexed_by_challenge_names() -> None:
    assert all(row.name == name for name, row in CHALLENGES.items())
