"""`PoolUser`: the tokens and the codes of a made user, in sync code and on every event loop."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import challenges, errors
from cognito_async.local import LocalUserPool, PoolSettings, PoolUser, Triggers
from tests.leaks.tools import render_by_tools


def with_factor(factor: Any) -> tuple[LocalUserPool, PoolUser]:
    local = LocalUserPool(PoolSettings(mfa="OPTIONAL"))
    return local, local.make_user("alice", mfa=factor)


def test_tokens_are_issued_in_sync_code_and_once() -> None:
    local = LocalUserPool()
    user = local.make_user("alice")
    assert user.tokens is user.tokens
    assert (user.access_token, user.id_token) == (user.tokens.access_token, user.tokens.id_token)
    access, identity = user.tokens.unverified_access_claims, user.tokens.unverified_id_claims
    assert (access["username"], identity["email"]) == ("alice", "alice@example.com")
    assert (access["sub"], access["event_id"]) == (user.sub, identity["event_id"])


@pytest.mark.anyio
async def test_tokens_are_issued_on_an_event_loop_and_work_at_the_service() -> None:
    local = LocalUserPool()
    user = local.make_user("alice", groups=["editors"])
    claims = await local.user_pool().verifier(groups="editors").verify(user.access_token)
    assert claims.sub == user.sub
    signed_in = user.signed_in()
    assert (await signed_in.attributes())["email"] == "alice@example.com"
    local.clock.advance(3600)
    assert (await signed_in.attributes())["email"] == "alice@example.com", "the session is refreshed"
    with pytest.raises(errors.TokenExpired):
        await local.user_pool().verifier().verify(user.access_token)
    assert (await signed_in.sign_out(global_=True)).remote == "done"


def test_signed_in_user_belongs_to_the_given_client() -> None:
    local = LocalUserPool()
    pool = local.user_pool()
    user = local.make_user("alice")
    assert (user.signed_in(pool).username, user.signed_in(pool).tokens) == ("alice", user.tokens)


@pytest.mark.parametrize("options", [{"enabled": False}, {"status": "RESET_REQUIRED"}, {"status": "UNCONFIRMED"}])
def test_disabled_or_unconfirmed_user_has_no_tokens(options: Any) -> None:
    user = LocalUserPool().make_user("alice", **options)
    with pytest.raises(errors.ConfigurationError, match="alice cannot sign in: "):
        _ = user.tokens


@pytest.mark.anyio
async def test_trigger_changes_the_tokens_and_may_make_users() -> None:
    made: list[PoolUser] = []

    async def add_claim(event: dict[str, Any]) -> dict[str, Any]:
        if event["userName"] == "alice":
            made.append(local.make_user("bob"))
            assert made[0].tokens.unverified_id_claims["tenant"] == "of bob"
        claims = {"tenant": f"of {event['userName']}"}
        event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": claims}
        return event

    local = LocalUserPool(PoolSettings(triggers=Triggers(pre_token_generation=add_claim)))
    assert local.make_user("alice").tokens.unverified_id_claims["tenant"] == "of alice"


def test_refusal_of_the_trigger_is_an_error() -> None:
    async def refuse(event: dict[str, Any]) -> None:
        raise ValueError("not today")

    local = LocalUserPool(PoolSettings(triggers=Triggers(pre_token_generation=refuse)))
    with pytest.raises(errors.ConfigurationError, match="PreTokenGeneration failed with error not today"):
        _ = local.make_user().tokens


@pytest.mark.anyio
async def test_totp_codes_are_accepted_once_each() -> None:
    local, user = with_factor("totp")

    async def sign_in() -> bool:
        challenge: Any = (await local.user_pool().sign_in("alice", user.password)).challenge
        assert isinstance(challenge, challenges.SoftwareTokenMfa)
        code = user.totp_code()
        assert user.totp_code() == code
        return (await challenge.answer(code)).signed_in

    assert [await sign_in(), await sign_in()] == [True, True]
    with pytest.raises(errors.ConfigurationError, match="advance the clock by 30 seconds"):
        user.totp_code()
    local.clock.advance(30)
    assert await sign_in()


@pytest.mark.parametrize(
    ("factor", "kind", "contact"),
    [("sms", challenges.SmsMfa, "phone_number"), ("email", challenges.EmailOtp, "email")],
)
@pytest.mark.anyio
async def test_codes_of_other_factors_are_in_the_outbox(factor: str, kind: Any, contact: str) -> None:
    local, user = with_factor(factor)
    challenge: Any = (await local.user_pool().sign_in("alice", user.password)).challenge
    assert isinstance(challenge, kind)
    assert (local.outbox[-1].attribute, local.outbox[-1].kind) == (contact, "mfa")
    assert (await challenge.answer(local.outbox[-1].code)).signed_in


def test_user_without_an_app_has_no_totp_code() -> None:
    with pytest.raises(errors.ConfigurationError, match='make the user with mfa="totp"'):
        with_factor("sms")[1].totp_code()


def test_user_shows_no_secret() -> None:
    local = LocalUserPool(PoolSettings(mfa="OPTIONAL"))
    user = local.make_user("alice", mfa="totp", groups=["editors"])
    secrets = [user.password, user.access_token[-40:], user.id_token[-40:], user.totp_code()]
    texts = [repr(user), str(user), repr(user.tokens), repr(local.faults)]
    assert repr(user) == f"PoolUser(username='alice', sub='{user.sub}', groups=('editors',))"
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_refused_password_is_in_no_variable_of_the_traceback() -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        LocalUserPool().make_user("alice", password="no-capital-letter-1")
    assert not [tool for tool, text in render_by_tools(caught.value) if "no-capital" in text]
