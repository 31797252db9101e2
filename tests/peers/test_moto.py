"""Our client against moto: the form of every message, and the answers to challenges.

moto accepts a wrong password with SRP, and any code. Other tests cover the proof of a password.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cognito_async import challenges, errors
from cognito_async._aws._generated.admin_users import (
    ADMIN_CREATE_USER,
    ADMIN_DELETE_USER,
    ADMIN_GET_USER,
    LIST_USERS,
    AdminCreateUserRequest,
    AdminDeleteUserRequest,
    AdminGetUserRequest,
    ListUsersRequest,
)
from cognito_async._aws._generated.common import AttributeType
from cognito_async._flows.sign_in import SignInFlow
from cognito_async.lowlevel import Credentials, invoke

from .conftest import CODE
from .running import AppClient

pytestmark = [pytest.mark.anyio, pytest.mark.peer]
PASSWORD, WRONG = "Passw0rd!", "Passw1rd!"
EMAIL = {"email": "alice@example.com"}


@pytest.fixture(scope="module", params=["public", "secret"])
def client(request: pytest.FixtureRequest, moto: str, connect: Callable[..., Any]) -> AppClient:
    administrator = connect(moto)
    pool_id = administrator.create_user_pool(PoolName="peers", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    made = administrator.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="peers",
        GenerateSecret=request.param == "secret",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    return AppClient(moto, pool_id, made["ClientId"], made.get("ClientSecret"))


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
async def test_sign_up_sign_in_refresh_and_global_sign_out(client: AppClient, name: str, flow: SignInFlow) -> None:
    async with client.pool() as pool:
        made = await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        assert not made.user_confirmed and made.user_sub
        await pool.confirm_sign_up(name, CODE)
        result = await pool.sign_in(name, PASSWORD, flow=flow)
        assert result.signed_in and result.user.username == name
        assert (await result.user.attributes())["email"] == EMAIL["email"]
        before = result.tokens
        after = await result.user.refresh()
        assert after.access_token and after.refresh_token == before.refresh_token
        assert (await result.user.sign_out(global_=True)).remote == "done"
        with pytest.raises(errors.NotAuthorizedException):
            await pool.user_from_access_token(after.access_token).attributes()
        with pytest.raises(errors.SessionExpired):
            await pool.user_from_tokens(after).attributes()


async def test_common_errors(client: AppClient, name: str) -> None:
    async with client.pool() as pool:
        with pytest.raises(errors.UserNotFoundException):
            await pool.sign_in(name, PASSWORD, flow="USER_PASSWORD_AUTH")
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        with pytest.raises(errors.UsernameExistsException):
            await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        with pytest.raises(errors.InvalidPasswordException):
            await pool.sign_up(f"{name}-2", "short", attributes=EMAIL)
        with pytest.raises(errors.UserNotConfirmedException):
            await pool.sign_in(name, PASSWORD, flow="USER_PASSWORD_AUTH")
        await pool.confirm_sign_up(name, CODE)
        with pytest.raises(errors.NotAuthorizedException):
            await pool.sign_in(name, WRONG, flow="USER_PASSWORD_AUTH")


async def test_unsupported_operation_is_an_error_without_retry(client: AppClient, name: str) -> None:
    """moto replies to an unknown operation with an HTML page and status 500."""
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        with pytest.raises(errors.CognitoError) as caught:
            await pool.resend_sign_up(name)
        assert caught.value.status_code == 500 and caught.value.operation == "ResendConfirmationCode"


async def test_administration_and_new_password_challenge(client: AppClient, name: str) -> None:
    pool_id = client.user_pool_id
    async with client.pool(credentials=Credentials("test", "test")) as pool:
        attributes = [AttributeType(name="email", value=EMAIL["email"])]
        request = AdminCreateUserRequest(
            user_pool_id=pool_id, username=name, temporary_password=PASSWORD, user_attributes=attributes
        )
        await invoke(pool, ADMIN_CREATE_USER, request)
        asked = (await pool.sign_in(name, PASSWORD)).challenge
        assert isinstance(asked, challenges.NewPasswordRequired)
        assert (await asked.answer("An0ther-one!")).signed_in
        found = await invoke(pool, ADMIN_GET_USER, AdminGetUserRequest(user_pool_id=pool_id, username=name))
        assert found.user_status == "CONFIRMED" and found.user_create_date is not None
        listed = await invoke(pool, LIST_USERS, ListUsersRequest(user_pool_id=pool_id, filter_=f'username = "{name}"'))
        assert [user.username for user in listed.users or ()] == [name]
        await invoke(pool, ADMIN_DELETE_USER, AdminDeleteUserRequest(user_pool_id=pool_id, username=name))
        with pytest.raises(errors.UserNotFoundException):
            await invoke(pool, ADMIN_GET_USER, AdminGetUserRequest(user_pool_id=pool_id, username=name))


@pytest.fixture(scope="module", params=["public", "secret"])
def client_with_mfa(request: pytest.FixtureRequest, moto: str, connect: Callable[..., Any]) -> AppClient:
    """Return an app client of a pool that requires a second factor from every user."""
    administrator = connect(moto)
    pool_id = administrator.create_user_pool(PoolName="mfa", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    administrator.set_user_pool_mfa_config(
        UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    made = administrator.create_user_pool_client(
        UserPoolId=pool_id, ClientName="mfa", GenerateSecret=request.param == "secret"
    )["UserPoolClient"]
    return AppClient(moto, pool_id, made["ClientId"], made.get("ClientSecret"))


async def test_second_factor_is_set_up_during_sign_in(client_with_mfa: AppClient, name: str) -> None:
    async with client_with_mfa.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        await pool.confirm_sign_up(name, CODE)
        # Sign in by SRP, because moto skips the challenge if the client sends the password.
        asked = (await pool.sign_in(name, PASSWORD)).challenge
        assert isinstance(asked, challenges.MfaSetup) and asked.session
        setup = await asked.associate()
        assert setup.secret and setup.secret in setup.uri("Example")
        result = await setup.verify("123456", "phone")
        assert result.signed_in and (await result.user.attributes())["email"] == EMAIL["email"]


async def test_preferred_second_factor_is_required(client: AppClient, name: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes={**EMAIL, "phone_number": "+15555550100"})
        await pool.confirm_sign_up(name, CODE)
        user = (await pool.sign_in(name, PASSWORD)).user
        setup = await user.setup_totp()
        await setup.verify("123456", "phone")
        await user.set_mfa_preference(totp="PREFERRED")
        assert (await user.mfa_preference()).preferred == "SOFTWARE_TOKEN_MFA"
        asked = (await pool.sign_in(name, PASSWORD)).challenge
        assert isinstance(asked, challenges.SoftwareTokenMfa)
        assert (await asked.answer("123456")).signed_in
        await user.set_mfa_preference(totp="DISABLED", sms="PREFERRED")
        texted = (await pool.sign_in(name, PASSWORD)).challenge
        assert isinstance(texted, challenges.SmsMfa)
        assert (await texted.answer("123456")).signed_in


async def test_forgotten_password_is_reset(client: AppClient, name: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes=EMAIL)
        await pool.confirm_sign_up(name, CODE)
        assert (await pool.forgot_password(name)).destination
        with pytest.raises(errors.ExpiredCodeException):
            await pool.confirm_forgot_password(name, "moto-confirmation-code:invalid", "An0ther-one!")
        await pool.confirm_forgot_password(name, CODE, "An0ther-one!")
        assert (await pool.sign_in(name, "An0ther-one!", flow="USER_PASSWORD_AUTH")).signed_in
