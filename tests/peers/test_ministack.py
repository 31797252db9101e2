"""Our client against ministack, which verifies SRP, codes, secret hashes and revocation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async import Auth, CognitoUser, FileStore, SignInResult, Tokens, challenges, errors
from cognito_async._aws._generated.admin_users import ADMIN_CREATE_USER, AdminCreateUserRequest
from cognito_async._flows.refresh import RefreshFlow
from cognito_async._flows.sign_in import SignInFlow
from cognito_async.lowlevel import Credentials, invoke, totp_code

from .conftest import CODE
from .running import AppClient

pytestmark = [pytest.mark.anyio, pytest.mark.peer]
PASSWORD, WRONG = "Passw0rd!", "Passw1rd!"
RESET_CODE = "654321"
EMAIL = {"email": "alice@example.com"}


@pytest.fixture(scope="module", params=["public", "secret"])
def client(request: pytest.FixtureRequest, ministack: str, connect: Callable[..., Any]) -> AppClient:
    """Return an app client of a new user pool, with or without a secret."""
    administrator = connect(ministack)
    pool_id = administrator.create_user_pool(PoolName="peers", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    made = administrator.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="peers",
        GenerateSecret=request.param == "secret",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    return AppClient(ministack, pool_id, made["ClientId"], made.get("ClientSecret"))


async def signed_up(client: AppClient, name: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        await pool.confirm_sign_up(name, CODE)


async def test_account_from_sign_up_to_sign_out(client: AppClient, name: str) -> None:
    async with Auth(
        client.user_pool_id, client.client_id, client_secret=client.client_secret, endpoint=client.endpoint
    ) as auth:
        made = await auth.sign_up(name, PASSWORD, attributes=EMAIL)
        assert (made.user.username, made.user_confirmed, len(made.user_sub)) == (name, False, 36)
        assert made.code_delivery is not None
        assert (made.code_delivery.medium, made.code_delivery.attribute) == ("EMAIL", "email")
        assert (await auth.resend_sign_up(name)).medium == "EMAIL"
        await auth.confirm_sign_up(name, CODE)
        result = await auth.sign_in(name, PASSWORD)
        user = await auth.current_user()
        assert result.signed_in and user.username == name and user.sub == made.user_sub
        attributes = await user.attributes()
        assert (attributes["sub"], attributes["email"]) == (made.user_sub, EMAIL["email"])
        tokens = user.tokens
        assert (await auth.sign_out()).remote == "done"
        with pytest.raises(errors.NoCurrentUser):
            await auth.current_user()
        with pytest.raises(errors.SessionExpired):
            await auth.pool.user_from_tokens(tokens).refresh()


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
async def test_only_the_right_password_signs_in(client: AppClient, name: str, flow: SignInFlow) -> None:
    await signed_up(client, name)
    async with client.pool() as pool:
        with pytest.raises(errors.NotAuthorizedException, match="Incorrect username or password"):
            await pool.sign_in(name, WRONG, flow=flow)
        result = await pool.sign_in(name, PASSWORD, flow=flow)
        assert result.tokens.unverified_access_claims["client_id"] == client.client_id
        assert result.tokens.unverified_id_claims["cognito:username"] == name
        assert result.tokens.refresh_token and result.tokens.expires_at


async def test_wrong_code_does_not_confirm(client: AppClient, name: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        with pytest.raises(errors.CodeMismatchException):
            await pool.confirm_sign_up(name, "000000")
        with pytest.raises(errors.UserNotConfirmedException):
            await pool.sign_in(name, PASSWORD)
        await pool.confirm_sign_up(name, CODE)
        assert (await pool.sign_in(name, PASSWORD)).signed_in


async def test_sign_up_errors(client: AppClient, name: str) -> None:
    await signed_up(client, name)
    async with client.pool() as pool:
        with pytest.raises(errors.UsernameExistsException):
            await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        with pytest.raises(errors.InvalidPasswordException):
            await pool.sign_up(f"{name}-2", "short", attributes=EMAIL)


@pytest.mark.parametrize("refresh_flow", ["GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH", None])
async def test_tokens_are_refreshed(client: AppClient, name: str, refresh_flow: RefreshFlow | None) -> None:
    await signed_up(client, name)
    async with client.pool(refresh_flow=refresh_flow) as pool:
        user = (await pool.sign_in(name, PASSWORD)).user
        before = user.tokens
        after = await user.refresh()
        assert after.access_token != before.access_token and after.refresh_token == before.refresh_token
        assert after.unverified_access_claims["origin_jti"] == before.unverified_access_claims["origin_jti"]
        assert (await user.attributes())["email"] == EMAIL["email"]


def expire_access_token(user: CognitoUser) -> None:
    """Make the client believe that the user's access token expires now."""
    tokens = Tokens(**{**user.tokens.reveal(), "expires_at": datetime.now(timezone.utc)})
    user._connected().replace(user.tokens, tokens, unsaved=None)


async def test_concurrent_callers_of_two_pools_share_one_refresh(client: AppClient, name: str, tmp_path: Path) -> None:
    await signed_up(client, name)
    async with client.pool() as pool, client.pool() as other:
        store = FileStore(tmp_path / "session.json", key="k" * 32)
        one = (await pool.auth(store=store).sign_in(name, PASSWORD)).user
        another = await other.auth(store=FileStore(tmp_path / "session.json", key="k" * 32)).current_user()
        for user in (one, another):
            expire_access_token(user)
        got: list[Tokens] = []

        async def ask(user: CognitoUser) -> None:
            got.append(await user.session())

        async with anyio.create_task_group() as group:
            for number in range(40):
                group.start_soon(ask, another if number % 2 else one)
        assert len({tokens.access_token for tokens in got}) == 1
        assert (await another.attributes())["email"] == EMAIL["email"]
        assert (await one.sign_out()).remote == "done"
        expire_access_token(another)
        with pytest.raises(errors.SessionExpired):
            await another.session()
        assert not another.signed_in


async def test_global_sign_out_ends_every_session(client: AppClient, name: str) -> None:
    await signed_up(client, name)
    async with client.pool() as pool:
        one, another = (await pool.sign_in(name, PASSWORD)).user, (await pool.sign_in(name, PASSWORD)).user
        tokens = one.tokens
        assert (await one.sign_out(global_=True)).remote == "done"
        assert not one.signed_in
        with pytest.raises(errors.NotAuthorizedException):
            await pool.user_from_access_token(another.tokens.access_token).attributes()
        with pytest.raises(errors.SessionExpired):
            await another.attributes()
        assert not another.signed_in
        again = pool.user_from_tokens(tokens)
        assert (await again.sign_out(global_=True)).remote == "unknown"


async def test_sign_out_ends_only_its_own_session(client: AppClient, name: str) -> None:
    await signed_up(client, name)
    async with client.pool() as pool:
        one, another = (await pool.sign_in(name, PASSWORD)).user, (await pool.sign_in(name, PASSWORD)).user
        ended = pool.user_from_tokens(one.tokens)
        assert (await one.sign_out()).remote == "done"
        refreshed = pool.user_from_tokens(ended.tokens)
        with pytest.raises(errors.SessionExpired):
            await ended.attributes()
        with pytest.raises(errors.SessionExpired):
            await refreshed.refresh()
        assert not ended.signed_in and not refreshed.signed_in
        assert (await another.refresh()).access_token and (await another.attributes())["sub"] == another.sub


async def test_temporary_password_is_replaced_at_the_first_sign_in(client: AppClient, name: str) -> None:
    async with client.pool(credentials=Credentials("test", "test")) as pool:
        request = AdminCreateUserRequest(
            user_pool_id=client.user_pool_id, username=name, temporary_password=PASSWORD, message_action="SUPPRESS"
        )
        made = await invoke(pool, ADMIN_CREATE_USER, request)
        assert made.user is not None and made.user.user_status == "FORCE_CHANGE_PASSWORD"
        asked = (await pool.sign_in(name, PASSWORD)).challenge
        assert isinstance(asked, challenges.NewPasswordRequired)
        assert (await asked.answer("An0ther-one!")).signed_in
        assert (await pool.sign_in(name, "An0ther-one!")).signed_in


async def test_wrong_client_secret_is_refused(client: AppClient, name: str) -> None:
    if client.client_secret is None:
        other = AppClient(client.endpoint, client.user_pool_id, client.client_id, "wrong0secret0wrong0secret")
    else:
        other = AppClient(client.endpoint, client.user_pool_id, client.client_id)
    async with other.pool() as pool:
        with pytest.raises((errors.NotAuthorizedException, errors.InvalidParameterException), match=r"(?i)secret"):
            await pool.sign_up(name, PASSWORD, attributes=EMAIL)


async def test_password_is_reset_and_changed(client: AppClient, name: str) -> None:
    await signed_up(client, name)
    async with client.pool() as pool:
        delivery = await pool.forgot_password(name)
        assert (delivery.medium, delivery.attribute) == ("EMAIL", "email")
        with pytest.raises(errors.CodeMismatchException):
            await pool.confirm_forgot_password(name, "000000", "An0ther-one!")
        await pool.confirm_forgot_password(name, RESET_CODE, "An0ther-one!")
        with pytest.raises(errors.NotAuthorizedException):
            await pool.sign_in(name, PASSWORD)
        user = (await pool.sign_in(name, "An0ther-one!")).user
        with pytest.raises(errors.NotAuthorizedException):
            await user.change_password(WRONG, PASSWORD)
        with pytest.raises(errors.InvalidPasswordException):
            await user.change_password("An0ther-one!", "short")
        await user.change_password("An0ther-one!", PASSWORD)
        assert (await pool.sign_in(name, PASSWORD)).signed_in


async def test_attributes_change_and_account_is_deleted(client: AppClient, name: str) -> None:
    await signed_up(client, name)
    async with client.pool() as pool:
        auth = pool.auth()
        user = (await auth.sign_in(name, PASSWORD)).user
        assert await user.update_attributes({"given_name": "Alice Zoë"}) == {"given_name": None}
        assert (await user.attributes())["given_name"] == "Alice Zoë"
        # ministack does not mark the address as verified after its code was confirmed.
        assert (await user.verified_contacts()).unverified == EMAIL
        await user.delete()
        assert not user.signed_in
        with pytest.raises(errors.NoCurrentUser):
            await auth.current_user()
        with pytest.raises(errors.UserNotFoundException):
            await pool.sign_in(name, PASSWORD)


@pytest.fixture
def client_with_mfa(client: AppClient, connect: Callable[..., Any]) -> AppClient:
    """Return the app client, after enabling authenticator apps in its pool."""
    connect(client.endpoint).set_user_pool_mfa_config(
        UserPoolId=client.user_pool_id,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration="OPTIONAL",
    )
    return client


async def test_app_is_set_up_and_then_required(client_with_mfa: AppClient, name: str) -> None:
    client = client_with_mfa
    await signed_up(client, name)
    async with client.pool() as pool:
        user = (await pool.sign_in(name, PASSWORD)).user
        setup = await user.setup_totp()
        assert setup.secret in setup.uri("Example", "alice")
        with pytest.raises(errors.EnableSoftwareTokenMFAException):
            await setup.verify("000000")
        await setup.verify(totp_code(setup.secret, datetime.now(timezone.utc)), "phone")
        await user.set_mfa_preference(totp="PREFERRED")
        preference = await user.mfa_preference()
        assert (preference.preferred, preference.enabled) == ("SOFTWARE_TOKEN_MFA", ("SOFTWARE_TOKEN_MFA",))
        asked = (await pool.sign_in(name, PASSWORD)).challenge
        assert isinstance(asked, challenges.SoftwareTokenMfa) and asked.username == name
        with pytest.raises(errors.CodeMismatchException):
            await asked.answer("000000")
        assert (await asked.answer_from_secret(setup.secret)).signed_in

        async def answer(challenge: challenges.AnyChallenge) -> SignInResult | None:
            assert isinstance(challenge, challenges.SoftwareTokenMfa)
            return await challenge.answer_from_secret(setup.secret)

        assert (await pool.sign_in(name, PASSWORD, on_challenge=answer)).signed_in
        await user.set_mfa_preference(totp="DISABLED")
        assert (await pool.sign_in(name, PASSWORD)).signed_in


async def test_challenge_is_resumed_from_its_state(client_with_mfa: AppClient, name: str) -> None:
    client = client_with_mfa
    await signed_up(client, name)
    async with client.pool() as pool:
        user = (await pool.sign_in(name, PASSWORD)).user
        setup = await user.setup_totp()
        await setup.verify(totp_code(setup.secret, datetime.now(timezone.utc)))
        await user.set_mfa_preference(totp="PREFERRED")
        asked = (await pool.sign_in(name, PASSWORD)).challenge
        assert asked is not None
        state = asked.to_state("k" * 32)
    async with client.pool() as other:
        resumed = other.resume(state, "k" * 32)
        assert isinstance(resumed, challenges.SoftwareTokenMfa)
        result = await resumed.answer_from_secret(setup.secret)
        assert result.user.username == name and (await result.user.attributes())["email"] == EMAIL["email"]
