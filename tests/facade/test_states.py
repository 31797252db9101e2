"""Sessions and challenges that continue in another process by their states."""

from __future__ import annotations

import pytest

from cognito_async import UserPool, challenges, errors
from cognito_async._aws._generated.admin_users import ADMIN_CREATE_USER, AdminCreateUserRequest
from cognito_async.local import LocalUserPool
from cognito_async.lowlevel import invoke
from tests.support import make_user, scripted, tokens_reply

pytestmark = pytest.mark.anyio

KEY = "k" * 32


@pytest.mark.parametrize("key", [None, KEY])
async def test_session_continues_elsewhere_from_its_state(key: str | None) -> None:
    local = LocalUserPool()
    await make_user(local)
    here = (await local.user_pool().sign_in("alice", "Passw0rd!")).user
    there = local.user_pool().user_from_state(here.to_state(key), key)
    assert (there.username, there.sub) == (here.username, here.sub)
    assert there.tokens == here.tokens and there.tokens.expires_at == here.tokens.expires_at
    assert (await there.attributes())["email"] == "alice@example.com"


async def test_state_of_opaque_tokens_has_the_username() -> None:
    pool, _ = scripted({"AuthenticationResult": {"AccessToken": "opaque"}})
    user = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
    assert user.username == "alice" and user.tokens.token_type == "Bearer"
    back = pool.user_from_state(user.to_state())
    assert back.username == "alice" and back.tokens.access_token == "opaque" and back.tokens.expires_at is None


async def test_user_without_tokens_has_no_state() -> None:
    pool, _ = scripted()
    with pytest.raises(errors.NotSignedIn):
        pool.user("alice").to_state()
    with pytest.raises(errors.NotSignedIn):
        await pool.user("alice").attributes()


async def _make_invited_user(local: LocalUserPool) -> UserPool:
    pool = local.user_pool()
    request = AdminCreateUserRequest(
        user_pool_id=pool.user_pool_id, username="alice", temporary_password="Temp-passw0rd", message_action="SUPPRESS"
    )
    reply = await invoke(pool, ADMIN_CREATE_USER, request)
    assert reply.user is not None and reply.user.user_status == "FORCE_CHANGE_PASSWORD"
    return pool


@pytest.mark.parametrize("key", [None, KEY])
async def test_challenge_is_answered_elsewhere_from_its_state(key: str | None) -> None:
    local = LocalUserPool()
    pool = await _make_invited_user(local)
    result = await pool.sign_in("alice", "Temp-passw0rd")
    assert not result.signed_in and result.challenge is not None
    assert result.challenge.name == "NEW_PASSWORD_REQUIRED" and result.challenge.username == "alice"
    assert "requiredAttributes" in result.challenge.parameters and result.challenge.session
    elsewhere = local.user_pool().resume(result.challenge.to_state(key), key)
    assert isinstance(elsewhere, challenges.NewPasswordRequired)
    with pytest.raises(errors.InvalidPasswordException):
        await elsewhere.answer("weak")
    finished = await elsewhere.answer("Passw0rd!", client_metadata={"a": "b"})
    assert finished.signed_in and finished.user.signed_in and finished.tokens is finished.user.tokens
    assert (await local.user_pool().sign_in("alice", "Passw0rd!")).signed_in


async def test_sign_in_starts_again_after_an_expired_session() -> None:
    local = LocalUserPool()
    pool = await _make_invited_user(local)
    challenge = (await pool.sign_in("alice", "Temp-passw0rd")).challenge
    assert isinstance(challenge, challenges.NewPasswordRequired)
    local.clock.advance(3601)
    with pytest.raises(errors.NotAuthorizedException, match="session is expired"):
        await challenge.answer("Passw0rd!")
    again = (await pool.sign_in("alice", "Temp-passw0rd")).challenge
    assert isinstance(again, challenges.NewPasswordRequired) and (await again.answer("Passw0rd!")).signed_in


async def test_answers_must_be_strings() -> None:
    pool, recorder = scripted({"ChallengeName": "NEW", "Session": "s" * 20})
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert isinstance(challenge, challenges.UnknownChallenge)
    for wrong in ({"A": 1}, "text", {"": "x"}):
        with pytest.raises(errors.ConfigurationError, match="responses"):
            await challenge.answer(wrong)  # type: ignore[arg-type]
    assert len(recorder.calls) == 1


async def test_unknown_challenge_without_session_is_answered() -> None:
    pool, recorder = scripted({"ChallengeName": "NEW", "ChallengeParameters": {"USERNAME": "a"}}, tokens_reply())
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert challenge is not None and challenge.session is None
    resumed = pool.resume(challenge.to_state())
    assert isinstance(resumed, challenges.UnknownChallenge)
    assert (await resumed.answer({"A": "b"})).user.username == "alice"
    assert "Session" not in recorder.calls[1][1]
