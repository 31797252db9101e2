"""Faulty and hostile servers: the client raises typed errors, and sends no unneeded requests."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import DeviceSecret, SignInResult, UserPool, challenges, errors
from tests.support import BINDING, CLIENT_ID, DEVICE_KEY, POOL_ID, Answer, jwt, scripted, serving, tokens_reply

pytestmark = [pytest.mark.anyio, pytest.mark.table]

SESSION = "session-one-of-twenty"
SMS = {"ChallengeName": "SMS_MFA", "Session": SESSION, "ChallengeParameters": {"USERNAME": "alice"}}
VERIFIER = {"USER_ID_FOR_SRP": "alice", "SRP_B": "2", "SALT": "0a", "SECRET_BLOCK": "AA=="}
JUNK = [0, 1.5, True, [], {}, ["a"], {"a": 1}, {"USERNAME": None}, [[[[]]]], 10**400]
FLOWS: list[Any] = ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH", "USER_AUTH"]


def issue(name: str, **parameters: str) -> dict[str, Any]:
    return {**SMS, "ChallengeName": name, "ChallengeParameters": {"USERNAME": "alice", **parameters}}


async def sign_in(*answers: Answer, flow: Any = "USER_PASSWORD_AUTH") -> tuple[SignInResult, Any]:
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")
    pool, recorder = scripted(*answers)
    return await pool.sign_in("alice", "p", flow=flow, device=device), recorder


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("member", ["ChallengeName", "Session", "ChallengeParameters", "AvailableChallenges"])
@pytest.mark.parametrize("reply", [SMS, issue("PASSWORD_VERIFIER", **VERIFIER), issue("DEVICE_SRP_AUTH")])
async def test_wrong_member_types_raise_typed_errors_or_are_ignored(
    reply: dict[str, Any], member: str, junk: Any
) -> None:
    try:
        result, _ = await sign_in({**reply, member: junk}, tokens_reply(), flow="USER_SRP_AUTH")
    except (errors.InvalidReply, errors.ChallengeError):
        return
    assert junk in ([], {}, ["a"]) and (result.signed_in or isinstance(result.challenge, challenges.SmsMfa))


@pytest.mark.parametrize("member", ["ChallengeName", "Session", "DeviceKey", "AccessToken", "USERNAME"])
async def test_lone_surrogate_in_a_reply_is_refused(member: str) -> None:
    metadata = {"DeviceKey": "key", "DeviceGroupKey": "-grpKey"}
    result = {**tokens_reply()["AuthenticationResult"], "NewDeviceMetadata": metadata}
    text = json.dumps({"AuthenticationResult": result} if member in ("DeviceKey", "AccessToken") else SMS)
    damaged = re.sub(rf'("{member}": ")', r"\1\\udc80", text)
    assert damaged != text
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, content=damaged.encode())), trust_env=False
    )
    with pytest.raises(errors.InvalidReply):
        await UserPool(POOL_ID, CLIENT_ID, http_client=client).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(
    "reply", [{}, {"ChallengeName": ""}, {"AuthenticationResult": {}}, {"AuthenticationResult": {"AccessToken": ""}}]
)
async def test_reply_without_tokens_or_challenge_is_invalid(flow: Any, reply: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidReply, match="neither tokens nor a challenge"):
        await sign_in(reply, flow=flow)


async def test_tokens_end_the_sign_in_despite_a_challenge() -> None:
    result, recorder = await sign_in({**SMS, **tokens_reply()})
    assert result.signed_in and len(recorder.calls) == 1


@pytest.mark.parametrize("session", [None, ""])
@pytest.mark.parametrize("name", ["SMS_MFA", "NOT_YET_INVENTED"])
async def test_challenge_without_session_is_answered_without_one(name: str, session: str | None) -> None:
    pool, recorder = scripted({**issue(name), "Session": session}, *[tokens_reply()] * 2)
    challenge: Any = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    both: list[Any] = [challenge, pool.resume(challenge.to_state())]
    for each in both:
        assert (await each.answer("1" if name == "SMS_MFA" else {"A": "1"})).signed_in
    assert all("Session" not in body for _, body in recorder.calls)


async def test_too_short_session_is_an_invalid_reply() -> None:
    with pytest.raises(errors.InvalidReply, match="Session"):
        await sign_in({**SMS, "Session": "short"})


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("name", ["PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"])
async def test_endless_proof_challenges_raise_after_a_few_calls(name: str, flow: Any) -> None:
    pool, recorder = serving(lambda operation, body: issue(name, **VERIFIER))
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")
    with pytest.raises(errors.UnexpectedChallenge):
        await pool.sign_in("alice", "p", flow=flow, device=device)
    assert len(recorder.calls) <= 5


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "1" * 100_000, '{"a":' * 50_000, json.dumps(["x"] * 50_000), '"\\ud800"', "NaN", "[1e999999]"],
)
async def test_huge_or_deep_parameters_are_harmless(text: str) -> None:
    parameters = dict.fromkeys(("MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP", "requiredAttributes", "userAttributes"), text)
    for name in ("SELECT_MFA_TYPE", "MFA_SETUP", "NEW_PASSWORD_REQUIRED"):
        result, _ = await sign_in(issue(name, **parameters))
        challenge: Any = result.challenge
        for shown in ("options", "required_attributes", "attributes"):
            assert all(isinstance(each, str) for each in getattr(challenge, shown, ()))
        assert len(repr(challenge)) < 500


async def test_giant_list_of_options_is_accepted() -> None:
    result, _ = await sign_in({**issue("SELECT_CHALLENGE"), "AvailableChallenges": ["EMAIL_OTP"] * 19_000})
    assert isinstance(result.challenge, challenges.SelectChallenge) and len(result.challenge.options) == 19_000


async def test_username_comes_from_the_tokens() -> None:
    result, _ = await sign_in(tokens_reply(username="mallory"))
    assert result.user.username == "mallory"


@pytest.mark.parametrize("status", [400, 500, 502])
async def test_challenge_stays_usable_after_a_proxy_error(status: int) -> None:
    pages = iter([httpx.Response(status, html="<html>Bad Gateway</html>"), httpx.Response(200, json=tokens_reply())])
    first = httpx.Response(200, json=SMS)
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: first if b"AuthFlow" in request.content else next(pages)),
        trust_env=False,
    )
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client)
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert isinstance(challenge, challenges.SmsMfa)
    with pytest.raises(errors.ServiceError) as caught:
        await challenge.answer("123456")
    assert caught.value.status_code == status
    assert (await challenge.answer("123456")).signed_in


# --- wrong functions for on_challenge ---

Answering = Callable[[Any], Awaitable[Any]]


async def return_garbage(challenge: Any) -> Any:
    return {"signed_in": True}


async def return_the_challenge(challenge: Any) -> Any:
    return challenge


@pytest.mark.parametrize("answering", [return_garbage, return_the_challenge, lambda challenge: "123456"])
async def test_wrong_result_of_on_challenge_is_explained(answering: Answering) -> None:
    pool, recorder = scripted(SMS)
    with pytest.raises(errors.ConfigurationError, match="on_challenge must return"):
        await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", on_challenge=answering)
    assert len(recorder.calls) == 1


@pytest.mark.parametrize("answering", ["123456", 7, {"SMS_MFA": "123456"}])
async def test_on_challenge_must_be_callable(answering: Any) -> None:
    pool, recorder = scripted()
    user = pool.user_from_access_token(jwt(username="alice"))
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: pool.sign_in("alice", "p", on_challenge=answering),
        lambda: user.step_up(["urn:high"], on_challenge=answering),
    ]
    for call in calls:
        with pytest.raises(errors.ConfigurationError, match="on_challenge must be"):
            await call()
    assert not recorder.calls


async def test_cancelled_on_challenge_leaves_no_user_signed_in() -> None:
    scope = anyio.CancelScope()

    async def wait(challenge: Any) -> Any:
        scope.cancel()
        await anyio.sleep_forever()

    pool, recorder = scripted(SMS)
    auth = pool.auth()
    with scope:
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", on_challenge=wait)
    assert scope.cancelled_caught and len(recorder.calls) == 1
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()
