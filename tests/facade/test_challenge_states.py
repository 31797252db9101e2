"""The states of all challenges. Their own pool and client restore the whole challenge; others refuse it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cognito_async import UserPool, challenges, errors
from cognito_async._facade.sign_in.kinds import CHALLENGE_TYPES
from tests.support import CLIENT_ID, POOL_ID, scripted, tokens_reply

pytestmark = [pytest.mark.anyio, pytest.mark.table]

KEY = "k" * 32
SESSION = "session-one-of-twenty"
NAMES = [*CHALLENGE_TYPES, "NOT_YET_INVENTED", "WEB_AUTHN"]
PARAMETERS = {
    "USERNAME": "alice",
    "MFAS_CAN_CHOOSE": '["SMS_MFA"]',
    "MFAS_CAN_SETUP": '["EMAIL_OTP"]',
    "requiredAttributes": '["userAttributes.email"]',
    "userAttributes": '{"nickname":"Al"}',
    "CODE_DELIVERY_DESTINATION": "a***@e***",
}


async def start_sign_in(name: str, **more: Any) -> tuple[UserPool, Any]:
    reply = {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": {**PARAMETERS, **more}}
    pool, _ = scripted({**reply, "AvailableChallenges": ["EMAIL_OTP"]}, tokens_reply())
    return pool, (await pool.sign_in("alice@example.com", flow="USER_AUTH")).challenge


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("name", NAMES)
async def test_every_challenge_is_restored_from_its_state(name: str, key: str | None) -> None:
    pool, challenge = await start_sign_in(name)
    again = pool.resume(challenge.to_state(key), key)
    assert type(again) is type(challenge) and again.username == "alice"
    for shown in ("name", "session", "parameters", "options", "delivery", "required_attributes", "attributes"):
        assert getattr(again, shown, None) == getattr(challenge, shown, None)


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("name", NAMES)
async def test_state_is_bound_to_pool_client_and_key(name: str, key: str | None) -> None:
    pool, challenge = await start_sign_in(name)
    state = challenge.to_state(key)
    for other in (UserPool("eu-central-1_Other", CLIENT_ID), UserPool(POOL_ID, "other")):
        with pytest.raises(errors.ConfigurationError, match="another user pool or app client"):
            other.resume(state, key)
    for wrong in ("j" * 32, None if key else KEY):
        with pytest.raises(errors.ConfigurationError, match="this state cannot be used"):
            pool.resume(state, wrong)


def make_state(**members: Any) -> str:
    whole: dict[str, Any] = {"kind": "challenge", "pool": POOL_ID, "client": CLIENT_ID, "name": "SMS_MFA"}
    whole |= {"username": "alice", "session": SESSION, "parameters": {}, "available": [], **members}
    return "ca1.p." + base64.urlsafe_b64encode(json.dumps(whole).encode()).decode()


async def test_state_of_a_later_version_may_have_more_members() -> None:
    pool, _ = scripted(tokens_reply())
    challenge = pool.resume(make_state(later={"a": 1}))
    assert isinstance(challenge, challenges.SmsMfa) and (await challenge.answer("123456")).signed_in


@pytest.mark.parametrize(
    "state",
    [
        make_state().replace("ca1", "ca2"),
        make_state(parameters={"A": 1}),
        make_state(parameters=None),
        make_state(available="A"),
        make_state(username=""),
        make_state(username="\udc80"),
        make_state(name=None),
        make_state(session=7),
        make_state(kind="user"),
        make_state()[:-9],
        make_state(session="x" * 300_000),
        "ca1.p." + base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        make_state() + "\n",
        " " + make_state(),
    ],
)
def test_damaged_huge_or_future_state_is_refused(state: str) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.ConfigurationError, match="this state cannot be used") as caught:
        pool.resume(state)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert not recorder.calls


@pytest.mark.parametrize("key", [None, KEY])
async def test_state_has_a_size_limit(key: str | None) -> None:
    pool, challenge = await start_sign_in("CUSTOM_CHALLENGE", question="x" * 190_000)
    assert pool.resume(challenge.to_state(key), key).parameters == challenge.parameters
    pool, challenge = await start_sign_in("CUSTOM_CHALLENGE", question="x" * 200_000)
    with pytest.raises(errors.ConfigurationError, match="more data than a state can hold"):
        challenge.to_state(key)


async def test_state_of_an_automatically_answered_challenge_resumes_as_unknown() -> None:
    pool, recorder = scripted(tokens_reply())
    challenge = pool.resume(make_state(name="PASSWORD_VERIFIER"))
    assert isinstance(challenge, challenges.UnknownChallenge) and not recorder.calls
