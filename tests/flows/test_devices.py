"""Sign-ins on a remembered device, and the registration of a new device, without an event loop, a server or a clock."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from cognito_async import DeviceSecret, errors
from cognito_async._core.secret import Secret
from cognito_async._crypto.groups import G, N
from cognito_async._flows import answers
from cognito_async._flows.challenges import CHALLENGES, answer
from cognito_async._flows.context import CallerContext, PendingChallenge, SignIn
from cognito_async._flows.protocol import Done, Flow, Outcome, Pending
from cognito_async._flows.sign_in import with_choice, with_custom_challenges, with_password
from cognito_async.lowlevel import SrpClient
from tests.flows.walking import NOON, SMS, VERIFIER, sign_in, srp, walk
from tests.support import tokens_reply

KEY = "eu-central-1_11111111-2222-3333-4444-555555555555"
GONE = errors.ResourceNotFoundException("Device does not exist.", code="ResourceNotFoundException")
DEVICE_SRP = {"ChallengeName": "DEVICE_SRP_AUTH", "Session": "session-of-device-srp", "ChallengeParameters": {}}
DEVICE_VERIFIER = {
    "ChallengeName": "DEVICE_PASSWORD_VERIFIER",
    "Session": "session-of-device-verifier",
    "ChallengeParameters": {**VERIFIER["ChallengeParameters"], "DEVICE_KEY": KEY, "USERNAME": "internal"},  # type: ignore[dict-item]
}


def device(username: str = "internal") -> DeviceSecret:
    return DeviceSecret(("eu-central-1_Pool", "client"), username, KEY, "-grpKey", "device-password")


def offering(**metadata: str) -> dict[str, Any]:
    reply = tokens_reply()
    reply["AuthenticationResult"]["NewDeviceMetadata"] = metadata
    return reply


def test_known_device_proves_itself_with_a_separate_handshake() -> None:
    outcome, requests = walk(srp(sign_in()), VERIFIER, DEVICE_SRP, DEVICE_VERIFIER, tokens_reply(), device=device())
    assert isinstance(outcome, Done) and outcome.device is not None
    start, proof, device_start, device_proof = requests
    assert "DEVICE_KEY" not in start["AuthParameters"]
    assert proof["ChallengeResponses"]["DEVICE_KEY"] == KEY
    assert device_start["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert device_start["Session"] == "session-of-device-srp"
    assert device_start["ChallengeResponses"].keys() == {"USERNAME", "DEVICE_KEY", "SRP_A"}
    assert device_start["ChallengeResponses"]["SRP_A"] != start["AuthParameters"]["SRP_A"]
    assert device_proof["Session"] == "session-of-device-verifier"
    assert device_proof["ChallengeResponses"]["DEVICE_KEY"] == KEY
    assert device_proof["ChallengeResponses"]["TIMESTAMP"] == "Tue Mar 3 04:05:06 UTC 2026"


def test_device_proof_covers_both_keys_and_the_device_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[SrpClient] = []

    def noted(context: str) -> SrpClient:
        made.append(SrpClient(context, a=11))
        return made[-1]

    monkeypatch.setattr("cognito_async._flows.device_srp.SrpClient", noted)
    _, requests = walk(srp(sign_in()), VERIFIER, DEVICE_SRP, DEVICE_VERIFIER, tokens_reply(), device=device())
    assert [srp_client.context for srp_client in made] == ["-grpKey"]
    responses = requests[3]["ChallengeResponses"]
    block = responses["PASSWORD_CLAIM_SECRET_BLOCK"]
    expected = SrpClient("-grpKey", a=11).prove(
        KEY, "device-password", srp_b="2", salt="0a", secret_block=block, at=NOON
    )
    assert responses["PASSWORD_CLAIM_SIGNATURE"] == expected.signature


def test_device_of_another_user_is_never_sent() -> None:
    outcome, requests = walk(srp(sign_in()), VERIFIER, tokens_reply(), device=device("another-user"))
    assert isinstance(outcome, Done) and outcome.device is None
    assert "DEVICE_KEY" not in requests[1]["ChallengeResponses"]


def test_answer_is_repeated_without_a_deleted_device() -> None:
    state = sign_in()
    outcome, requests = walk(srp(state), VERIFIER, GONE, tokens_reply(), device=device())
    assert isinstance(outcome, Done) and outcome.device is None
    with_device, without = requests[1]["ChallengeResponses"], requests[2]["ChallengeResponses"]
    assert with_device == {**without, "DEVICE_KEY": KEY} and "DEVICE_KEY" not in without
    assert state.refused == {KEY} and state.disproved is None


def test_deleted_device_is_not_sent_in_later_steps() -> None:
    state = sign_in()
    outcome, _ = walk(srp(state), VERIFIER, GONE, SMS, device=device())
    assert isinstance(outcome, Pending)
    _, requests = walk(
        answer(state, outcome.challenge, {"SMS_MFA_CODE": "1"}), tokens_reply(), device=device("for-srp")
    )
    assert "DEVICE_KEY" not in requests[0]["ChallengeResponses"]


def test_second_not_found_error_is_raised() -> None:
    state = sign_in()
    with pytest.raises(errors.ResourceNotFoundException):
        walk(srp(state), VERIFIER, GONE, GONE, device=device())
    assert not state.refused, "the pool or the app client may be missing"


FIRST_CALLS_WITHOUT_SRP: list[Callable[[SignIn], Flow[Outcome]]] = [
    lambda state: with_password(state, Secret("p")),
    lambda state: with_custom_challenges(state, None),
    lambda state: with_choice(state, None, None, {}),
    lambda state: with_choice(state, "EMAIL_OTP", None, {}),
    lambda state: with_choice(state, "PASSWORD", Secret("p"), {}),
    lambda state: with_choice(state, None, None, {"ACCESS_TOKEN": "token"}),
]


@pytest.mark.parametrize("begin", FIRST_CALLS_WITHOUT_SRP)
@pytest.mark.parametrize("by_admin", [False, True])
def test_flows_without_a_proof_send_the_device_in_the_first_call(
    begin: Callable[[SignIn], Flow[Outcome]], by_admin: bool
) -> None:
    state = sign_in()
    state.by_admin = by_admin
    _, requests = walk(begin(state), tokens_reply(), device=device("typed"))
    assert requests[0]["AuthParameters"]["DEVICE_KEY"] == KEY
    _, requests = walk(begin(state), GONE, tokens_reply(), device=device("typed"))
    assert "DEVICE_KEY" not in requests[1]["AuthParameters"]


def test_first_sign_in_after_a_sign_up_names_no_device() -> None:
    flow = with_choice(sign_in(), None, None, {}, Secret("s" * 20))
    _, requests = walk(flow, tokens_reply(), device=device("typed"))
    assert "DEVICE_KEY" not in requests[0]["AuthParameters"]


@pytest.mark.parametrize("name", [*(row.name for row in CHALLENGES.values() if row.answer is None), "A_LATER_KIND"])
def test_device_key_is_sent_in_every_answer(name: str) -> None:
    challenge = PendingChallenge(name, "internal", Secret("s" * 20))
    outcome, requests = walk(answer(sign_in(), challenge, {"ANSWER": "x"}), DEVICE_SRP | {"ChallengeName": "X"})
    assert "DEVICE_KEY" not in requests[0]["ChallengeResponses"]
    state = sign_in()
    state.username = "internal"
    outcome, requests = walk(
        answer(state, challenge, {"ANSWER": "x"}), DEVICE_SRP, DEVICE_VERIFIER, tokens_reply(), device=device()
    )
    assert [request["ChallengeResponses"]["DEVICE_KEY"] for request in requests] == [KEY] * 3
    assert isinstance(outcome, Done) and outcome.device is not None and outcome.device.key == KEY


@pytest.mark.parametrize("name", ["PASSWORD_SRP", "SELECT_CHALLENGE"])
def test_device_is_named_by_the_proof_and_not_by_srp_a(name: str) -> None:
    challenge = PendingChallenge(name, "alias", Secret("s" * 20))
    flow = answers.with_srp(sign_in(), challenge, Secret("Passw0rd!"))
    outcome, requests = walk(flow, VERIFIER, tokens_reply(), device=device())
    assert ["DEVICE_KEY" in request["ChallengeResponses"] for request in requests] == [False, True]
    assert isinstance(outcome, Done) and outcome.device is not None


def test_device_key_of_the_caller_is_sent_unchanged() -> None:
    state = sign_in()
    state.username = "internal"
    challenge = PendingChallenge("A_LATER_KIND", "internal", Secret("s" * 20))
    _, requests = walk(answer(state, challenge, {"DEVICE_KEY": "another"}), tokens_reply(), device=device())
    assert requests[0]["ChallengeResponses"]["DEVICE_KEY"] == "another"


def test_device_of_the_right_user_is_sent_after_a_wrong_guess() -> None:
    """The name that the user typed seemed to be that of another user, until the service returned the right one."""
    state = sign_in()
    state.refused.add("another-key")
    outcome, requests = walk(srp(state), VERIFIER, tokens_reply(), device=device())
    assert requests[1]["ChallengeResponses"]["DEVICE_KEY"] == KEY
    assert isinstance(outcome, Done) and outcome.device is not None


def test_device_challenge_without_its_secret_names_the_remedy() -> None:
    with pytest.raises(errors.UnexpectedChallenge, match="sign in again"):
        walk(srp(sign_in()), VERIFIER, DEVICE_SRP)
    with pytest.raises(errors.UnexpectedChallenge, match="no open SRP exchange"):
        walk(srp(sign_in()), VERIFIER, DEVICE_VERIFIER, device=device())


@pytest.mark.parametrize("kind", [errors.NotAuthorizedException, errors.ResourceNotFoundException])
def test_device_with_a_refused_proof_is_forgotten(
    kind: type[errors.ServiceError],
) -> None:
    state, offered = sign_in(), device()
    with pytest.raises(errors.UnexpectedChallenge, match="remembered device"):
        walk(srp(state), VERIFIER, DEVICE_SRP, DEVICE_VERIFIER, kind("refused"), device=offered)
    assert state.refused == {KEY} and state.disproved == offered and state.device is None


@pytest.mark.parametrize("replies", [(), (DEVICE_VERIFIER,)])
def test_expired_session_at_a_device_proof_keeps_the_device(replies: tuple[dict[str, Any], ...]) -> None:
    state = sign_in()
    expired = errors.NotAuthorizedException("Invalid session for the user, session is expired.")
    with pytest.raises(errors.NotAuthorizedException, match="expired"):
        walk(srp(state), VERIFIER, DEVICE_SRP, *replies, expired, device=device())
    assert not state.refused and state.disproved is None


def test_lost_reply_to_a_device_proof_keeps_the_device() -> None:
    state = sign_in()
    with pytest.raises(errors.OutcomeUnknown):
        walk(srp(state), VERIFIER, DEVICE_SRP, DEVICE_VERIFIER, errors.OutcomeUnknown("lost"), device=device())
    assert not state.refused and state.disproved is None


def test_offered_device_is_confirmed_with_a_new_password() -> None:
    reply = offering(DeviceKey=KEY, DeviceGroupKey="-grpKey")
    outcome, requests = walk(srp(sign_in()), VERIFIER, reply, {"UserConfirmationNecessary": True})
    assert isinstance(outcome, Done) and outcome.device is not None
    assert (outcome.device.key, outcome.device.group_key, outcome.device.username) == (KEY, "-grpKey", "alice")
    assert outcome.device.user_confirmation_necessary
    request = requests[2]
    assert request["operation"] == "ConfirmDevice" and request["DeviceKey"] == KEY and request["DeviceName"]
    assert request["AccessToken"] == reply["AuthenticationResult"]["AccessToken"]
    config = request["DeviceSecretVerifierConfig"]
    salt = base64.b64decode(config["Salt"])
    identity = hashlib.sha256(f"-grpKey{KEY}:{outcome.device.password}".encode()).digest()
    x = int.from_bytes(hashlib.sha256(salt + identity).digest(), "big")
    assert int.from_bytes(base64.b64decode(config["PasswordVerifier"]), "big") == pow(G, x, N)
    assert len(base64.b64decode(outcome.device.password)) == 40


@pytest.mark.parametrize(
    "failure", [errors.InvalidParameterException("no"), errors.CallTimeout("late"), errors.OutcomeUnknown("lost")]
)
def test_failed_device_confirmation_does_not_break_the_sign_in(failure: errors.CognitoError) -> None:
    reply = offering(DeviceKey=KEY, DeviceGroupKey="-grpKey")
    outcome, _ = walk(srp(sign_in()), VERIFIER, reply, failure)
    assert isinstance(outcome, Done) and outcome.device is None
    assert outcome.tokens.access_token == reply["AuthenticationResult"]["AccessToken"]


@pytest.mark.parametrize("metadata", [{}, {"DeviceKey": KEY}, {"DeviceGroupKey": "-grpKey"}])
def test_device_offer_needs_both_keys(metadata: dict[str, str]) -> None:
    outcome, requests = walk(srp(sign_in()), VERIFIER, offering(**metadata))
    assert isinstance(outcome, Done) and outcome.device is None and len(requests) == 2


def test_device_steps_send_metadata_and_the_newest_session() -> None:
    state = sign_in()
    state.username = "internal"
    state.caller = CallerContext(client_metadata={"shop": "7"})
    challenge = PendingChallenge("SMS_MFA", "internal", Secret("session-of-the-sms-code"))
    outcome, requests = walk(
        answer(state, challenge, {"SMS_MFA_CODE": "1"}), DEVICE_SRP, DEVICE_VERIFIER, tokens_reply(), device=device()
    )
    assert isinstance(outcome, Done)
    assert [body["Session"] for body in requests] == [
        "session-of-the-sms-code",
        "session-of-device-srp",
        "session-of-device-verifier",
    ]
    assert all(body["ClientMetadata"] == {"shop": "7"} for body in requests)
