"""The state of an open challenge: of every kind, whole at its own pool, and refused everywhere else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cognito_async import UserPool, challenges, errors
from cognito_async._facade.sign_in.kinds import KINDS
from tests.support import CLIENT_ID, POOL_ID, scripted, tokens_reply

pytestmark = pytest.mark.anyio

KEY = "k" * 32
SESSION = "session-one-of-twenty"
NAMES = [*KINDS, "NOT_YET_INVENTED", "WEB_AUTHN"]
PARAMETERS = {
    "USERNAME": "alice",
    "MFAS_CAN_CHOOSE": '["SMS_MFA"]',
    "MFAS_CAN_SETUP": '["EMAIL_OTP"]',
    "requiredAttributes": '["userAttributes.email"]',
    "userAttributes": '{"nickname":"Al"}',
    "CODE_DELIVERY_DESTINATION": "a***@e***",
}


async def asked(name: str, **more: Any) -> tuple[UserPool, Any]:
    reply = {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": {**PARAMETERS, **more}}
    pool, _ = scripted({**reply, "AvailableChallenges": ["EMAIL_OTP"]}, tokens_reply())
    return pool, (await pool.sign_in("alice@example.com", flow="USER_AUTH")).challenge


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("name", NAMES)
async def test_a_challenge_of_every_kind_comes_back_as_it_was(name: str, key: str | None) -> None:
    pool, challenge = await asked(name)
    again = pool.resume(challenge.to_state(key), key)
    assert type(again) is type(challenge) and again.username == "alice"
    for shown in ("name", "session", "parameters", "options", "delivery", "required_attributes", "attributes"):
        assert getattr(again, shown, None) == getattr(challenge, shown, None)


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("name", NAMES)
async def test_it_is_refused_at_another_pool_or_client_and_with_another_key(name: str, key: str | None) -> None:
    pool, challenge = await asked(name)
    state = challenge.to_state(key)
    for other in (UserPool("eu-central-1_Other", CLIENT_ID), UserPool(POOL_ID, "other")):
        with pytest.raises(errors.ConfigurationError, match="another user pool or app client"):
            other.resume(state, key)
    for wrong in ("j" * 32, None if key else KEY):
        with pytest.raises(errors.ConfigurationError, match="this state cannot be used"):
            pool.resume(state, wrong)


def forged(**members: Any) -> str:
    whole: dict[str, Any] = {"kind": "challenge", "pool": POOL_ID, "client": CLIENT_ID, "name": "SMS_MFA"}
    whole |= {"username": "alice", "session": SESSION, "parameters": {}, "available": [], **members}
    return "ca1.p." + base64.urlsafe_b64encode(json.dumps(whole).encode()).decode()


async def test_a_later_version_may_have_kept_more() -> None:
    pool, _ = scripted(tokens_reply())
    challenge = pool.resume(forged(later={"a": 1}))
    assert isinstance(challenge, challenges.SmsMfa) and (await challenge.answer("123456")).signed_in


@pytest.mark.parametrize(
    "state",
    [
        forged().replace("ca1", "ca2"),
        forged(parameters={"A": 1}),
        forged(parameters=None),
        forged(available="A"),
        forged(username=""),
        forged(username="\udc80"),
        forged(name=None),
        forged(session=7),
        forged(kind="user"),
        forged()[:-9],
        forged(session="x" * 300_000),
        "ca1.p." + base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        forged() + "\n",
        " " + forged(),
    ],
)
def test_a_state_that_is_damaged_huge_or_of_the_future_is_refused_in_words(state: str) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.ConfigurationError, match="this state cannot be used") as caught:
        pool.resume(state)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert not recorder.calls


@pytest.mark.parametrize("key", [None, KEY])
async def test_what_is_written_can_be_read_and_what_is_too_much_is_told(key: str | None) -> None:
    pool, challenge = await asked("CUSTOM_CHALLENGE", question="x" * 190_000)
    assert pool.resume(challenge.to_state(key), key).parameters == challenge.parameters
    pool, challenge = await asked("CUSTOM_CHALLENGE", question="x" * 200_000)
    with pytest.raises(errors.ConfigurationError, match="more data than a state can hold"):
        challenge.to_state(key)


async def test_a_challenge_that_answers_itself_is_no_state_to_go_on_from() -> None:
    pool, recorder = scripted(tokens_reply())
    challenge = pool.resume(forged(name="PASSWORD_VERIFIER"))
    assert isinstance(challenge, challenges.UnknownChallenge) and not recorder.calls
