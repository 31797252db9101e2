"""Sign-up, confirmation, sign-in and sign-out on a local pool, with and without a client secret."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import CodeDelivery, SignOutResult, UserContext, errors
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from tests.support import make_user, recording

pytestmark = pytest.mark.anyio

SECRET = "0secretsecretsecretsecretsecret"


@pytest.fixture(params=[None, SECRET], ids=["public", "secret"])
def local(request: pytest.FixtureRequest) -> LocalUserPool:
    return LocalUserPool(client=AppClientSettings(secret=request.param))


@pytest.mark.table
async def test_user_signs_up_confirms_signs_in_and_out(local: LocalUserPool) -> None:
    auth = local.auth()
    result = await auth.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    assert not result.user_confirmed
    assert result.user.username == "alice" and result.user.sub == result.user_sub
    assert result.code_delivery == CodeDelivery(destination="a***@e***", medium="EMAIL", attribute="email")

    with pytest.raises(errors.UserNotConfirmedException):
        await auth.sign_in("alice", "Passw0rd!")
    with pytest.raises(errors.CodeMismatchException):
        await auth.confirm_sign_up("alice", "nonsense")
    assert (await auth.resend_sign_up("alice")).destination == "a***@e***"
    confirmed = await auth.confirm_sign_up("alice", local.outbox[-1].code)
    assert confirmed.user.username == "alice"

    with pytest.raises(errors.NotAuthorizedException, match="Incorrect username or password"):
        await auth.sign_in("alice", "Wrong-passw0rd!")
    signed_in = await auth.sign_in("alice", "Passw0rd!")
    assert signed_in.signed_in and signed_in.challenge is None
    assert signed_in.user.sub == result.user_sub
    assert await auth.current_user() is signed_in.user
    assert (await signed_in.user.attributes())["email"] == "alice@example.com"
    assert signed_in.tokens.unverified_id_claims["email"] == "alice@example.com"

    old = signed_in.tokens
    assert (await signed_in.user.refresh()).access_token != old.access_token
    assert signed_in.tokens.refresh_token == old.refresh_token

    elsewhere = await local.user_pool().sign_in("alice", "Passw0rd!")
    assert await auth.sign_out() == SignOutResult(remote="done")
    assert not signed_in.user.signed_in
    await elsewhere.user.refresh()
    with pytest.raises(errors.SessionExpired):
        await local.user_pool().user_from_tokens(old).refresh()

    again = await auth.sign_in("alice", "Passw0rd!", flow="USER_PASSWORD_AUTH")
    assert await auth.sign_out(global_=True) == SignOutResult(remote="done")
    assert not again.user.signed_in
    with pytest.raises(errors.SessionExpired):
        await elsewhere.user.refresh()
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()


async def test_metadata_and_context_reach_the_service(local: LocalUserPool) -> None:
    context = UserContext(ip_address="192.0.2.7", encoded_data="device")
    options: dict[str, Any] = {"client_metadata": {"k": "v"}, "user_context": context}
    with recording(local) as (pool, recorder):
        await pool.sign_up(
            "alice", "Passw0rd!", attributes={"email": "a@example.com"}, validation_data={"token": "1"}, **options
        )
        await pool.resend_sign_up("alice", **options)
        await pool.confirm_sign_up("alice", local.outbox[-1].code, force_alias_creation=True, **options)
        result = await pool.sign_in("alice", "Passw0rd!", **options)
        await result.user.refresh(client_metadata={"k": "v"})
    for operation, body in recorder.calls:
        assert body["ClientMetadata"] == {"k": "v"}, operation
        if operation != "GetTokensFromRefreshToken":
            assert body["UserContextData"] == {"IpAddress": "192.0.2.7", "EncodedData": "device"}, operation
    by_name = dict(recorder.calls)
    assert by_name["SignUp"]["ValidationData"] == [{"Name": "token", "Value": "1"}]
    assert by_name["ConfirmSignUp"]["ForceAliasCreation"] is True


@pytest.mark.table
async def test_view_options_are_the_defaults_of_its_calls(local: LocalUserPool) -> None:
    await make_user(local)
    with recording(local) as (pool, recorder):
        view = pool.with_options(
            client_metadata={"tenant": "t"}, user_context=UserContext(ip_address="192.0.2.1"), timeout=5
        )
        await view.sign_in("alice", "Passw0rd!")
        await view.sign_in("alice", "Passw0rd!", client_metadata={"tenant": "other"})
        await pool.sign_in("alice", "Passw0rd!")
    metadata = [body.get("ClientMetadata") for _, body in recorder.calls]
    assert metadata == [{"tenant": "t"}] * 2 + [{"tenant": "other"}] * 2 + [None] * 2


async def test_requests_of_a_secret_client_have_its_hash_or_secret() -> None:
    local = LocalUserPool(client=AppClientSettings(secret=SECRET))
    await make_user(local)
    with recording(local) as (pool, recorder):
        result = await pool.sign_in("alice", "Passw0rd!")
        await result.user.refresh()
        await result.user.sign_out()
    bodies = dict(recorder.calls)
    assert bodies["InitiateAuth"]["AuthParameters"]["SECRET_HASH"]
    assert bodies["RespondToAuthChallenge"]["ChallengeResponses"]["SECRET_HASH"]
    assert bodies["GetTokensFromRefreshToken"]["ClientSecret"] == SECRET
    assert bodies["RevokeToken"]["ClientSecret"] == SECRET


async def test_wrong_client_secret_does_not_end_a_session() -> None:
    local = LocalUserPool(client=AppClientSettings(secret=SECRET))
    await make_user(local)
    result = await local.user_pool().sign_in("alice", "Passw0rd!")
    with recording(local, AppClientSettings(secret="f" * 24)) as (pool, _):
        with pytest.raises(errors.NotAuthorizedException, match="SecretHash"):
            await pool.sign_in("alice", "Passw0rd!")
        with pytest.raises(errors.NotAuthorizedException):
            await pool.user_from_tokens(result.tokens).refresh()


async def test_sign_in_by_alias_returns_the_canonical_name() -> None:
    local = LocalUserPool(PoolSettings(username_attributes=("email",)), AppClientSettings(secret=SECRET))
    auth = local.auth()
    signed_up = await auth.sign_up("alice@example.com", "Passw0rd!", attributes={"email": "alice@example.com"})
    await auth.confirm_sign_up("alice@example.com", local.outbox[-1].code)
    with recording(local) as (pool, recorder):
        result = await pool.sign_in("alice@example.com", "Passw0rd!")
        assert result.user.username == signed_up.user_sub
        await pool.with_options(refresh_flow="REFRESH_TOKEN_AUTH").user_from_tokens(result.tokens).refresh()
    first, answer, refresh = [body for _, body in recorder.calls]
    assert first["AuthParameters"]["USERNAME"] == "alice@example.com"
    assert answer["ChallengeResponses"]["USERNAME"] == signed_up.user_sub
    assert refresh["AuthFlow"] == "REFRESH_TOKEN_AUTH"


async def test_sign_in_works_with_a_clock_an_hour_off(local: LocalUserPool) -> None:
    from cognito_async.local import MovableClock

    await make_user(local)
    early = MovableClock()
    early.advance(3600)
    late = MovableClock(start=local.clock.now())
    local.clock.advance(3600)
    local.clock.advance(3600)
    for clock in (early, late):
        result = await local.user_pool(clock=clock).sign_in("alice", "Passw0rd!")
        assert result.signed_in
        assert (await result.user.attributes())["email"] == "alice@example.com"


async def test_expired_access_token_is_refreshed_if_needed(local: LocalUserPool) -> None:
    await make_user(local)
    with recording(local) as (pool, recorder):
        result = await pool.sign_in("alice", "Passw0rd!")
        local.clock.advance(3601)
        await result.user.attributes()
        local.clock.advance(3601)
        assert await result.user.sign_out(global_=True) == SignOutResult(remote="done")
    assert recorder.operations[2:] == [
        "GetTokensFromRefreshToken",
        "GetUser",
        "GetTokensFromRefreshToken",
        "GlobalSignOut",
    ]
