"""Our client against cognito-local, which lacks some operations, and refuses them with an error of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cognito_async import challenges, errors
from cognito_async.lowlevel import totp_code

from .conftest import CODE
from .running import AppClient

pytestmark = [pytest.mark.anyio, pytest.mark.peer]
PASSWORD, WRONG = "Passw0rd!", "Passw1rd!"


@pytest.fixture(scope="module")
def client(cognito_local: str, connect: Callable[..., Any]) -> AppClient:
    administrator = connect(cognito_local)
    made = administrator.create_user_pool(
        PoolName="peers", AutoVerifiedAttributes=["email"], UsernameAttributes=["email"]
    )
    pool_id = made["UserPool"]["Id"]
    app = administrator.create_user_pool_client(UserPoolId=pool_id, ClientName="peers")["UserPoolClient"]
    return AppClient(cognito_local, pool_id, app["ClientId"])


@pytest.fixture
def email(name: str) -> str:
    return f"{name}@example.com"


async def test_account_from_sign_up_to_sign_out(client: AppClient, email: str) -> None:
    async with client.pool() as pool:
        made = await pool.sign_up(email, PASSWORD, attributes={"email": email})
        assert made.code_delivery is not None and made.code_delivery.medium == "EMAIL"
        with pytest.raises(errors.UserNotConfirmedException):
            await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")
        with pytest.raises(errors.CodeMismatchException):
            await pool.confirm_sign_up(email, "000000")
        await pool.confirm_sign_up(email, CODE)
        with pytest.raises(errors.InvalidPasswordException):
            await pool.sign_in(email, WRONG, flow="USER_PASSWORD_AUTH")
        user = (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).user
        # If users sign in with their email address, the user's `username` is the `sub`, as in the access token.
        assert user.username == user.sub == made.user_sub
        assert (await user.attributes())["email"] == email
        assert (await user.sign_out()).remote == "done"


async def test_refresh_falls_back_if_the_operation_is_unknown(client: AppClient, email: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(email, PASSWORD, attributes={"email": email})
        await pool.confirm_sign_up(email, CODE)
        user = (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).user
        before = user.tokens
        after = await user.refresh()
        assert after.access_token != before.access_token and after.refresh_token == before.refresh_token
        assert (await user.attributes())["email"] == email
        # An explicit refresh_flow disables the fallback.
        outright = pool.with_options(refresh_flow="GetTokensFromRefreshToken").user_from_tokens(after)
        with pytest.raises(errors.UnknownServiceError) as caught:
            await outright.refresh()
        assert caught.value.code == "Unsupported"
        # A refused token ends the session: the client does not try the fallback.
        assert (await pool.user_from_tokens(after).sign_out()).remote == "done"
        with pytest.raises(errors.SessionExpired):
            await user.refresh()


async def test_unsupported_features_raise_the_servers_error(client: AppClient, email: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(email, PASSWORD, attributes={"email": email})
        await pool.confirm_sign_up(email, CODE)
        with pytest.raises(errors.UnknownServiceError, match="unsupported feature"):
            await pool.sign_in(email, PASSWORD)
        user = (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).user
        outcome = await user.sign_out(global_=True)
        assert outcome.remote == "failed" and not user.signed_in
        assert isinstance(outcome.error, errors.UnknownServiceError)


async def test_address_is_verified_and_attributes_change(client: AppClient, email: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(email, PASSWORD, attributes={"email": email})
        await pool.confirm_sign_up(email, CODE)
        user = (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).user
        other = f"other-{email}"
        await user.update_attributes({"email": other, "given_name": "Alice"})
        assert (await user.verified_contacts()).unverified == {"email": other}
        # cognito-local sends a code, but does not report the delivery.
        assert (await user.send_attribute_code("email")).medium is None
        with pytest.raises(errors.CodeMismatchException):
            await user.confirm_attribute("email", "000000")
        await user.confirm_attribute("email", CODE)
        assert (await user.verified_contacts()).verified == {"email": other}
        await user.delete_attributes(["given_name"])
        assert "given_name" not in await user.attributes()


async def test_password_is_reset_and_changed_and_account_deleted(client: AppClient, email: str) -> None:
    async with client.pool() as pool:
        await pool.sign_up(email, PASSWORD, attributes={"email": email})
        await pool.confirm_sign_up(email, CODE)
        assert (await pool.forgot_password(email)).medium == "EMAIL"
        with pytest.raises(errors.CodeMismatchException):
            await pool.confirm_forgot_password(email, "000000", "An0ther-one!")
        await pool.confirm_forgot_password(email, CODE, "An0ther-one!")
        user = (await pool.sign_in(email, "An0ther-one!", flow="USER_PASSWORD_AUTH")).user
        await user.change_password("An0ther-one!", PASSWORD)
        user = (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).user
        await user.delete()
        with pytest.raises(errors.CognitoError):
            await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")


@pytest.fixture(scope="module")
def client_with_mfa(cognito_local: str, connect: Callable[..., Any]) -> AppClient:
    """Return an app client of a pool with optional second factors."""
    administrator = connect(cognito_local)
    pool_id = administrator.create_user_pool(
        PoolName="mfa", AutoVerifiedAttributes=["email"], UsernameAttributes=["email"], MfaConfiguration="OPTIONAL"
    )["UserPool"]["Id"]
    app = administrator.create_user_pool_client(UserPoolId=pool_id, ClientName="mfa")["UserPoolClient"]
    return AppClient(cognito_local, pool_id, app["ClientId"])


async def test_one_of_two_second_factors_is_chosen(client_with_mfa: AppClient, email: str) -> None:
    async with client_with_mfa.pool() as pool:
        await pool.sign_up(email, PASSWORD, attributes={"email": email, "phone_number": "+15555550100"})
        await pool.confirm_sign_up(email, CODE)
        user = (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).user
        setup = await user.setup_totp()
        with pytest.raises(errors.CognitoError):
            await setup.verify("000000")
        await setup.verify(totp_code(setup.secret, datetime.now(timezone.utc)), "phone")
        await user.set_mfa_preference(totp="ENABLED", sms="ENABLED")
        assert set((await user.mfa_preference()).enabled) == {"SMS_MFA", "SOFTWARE_TOKEN_MFA"}

        asked = (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).challenge
        assert isinstance(asked, challenges.SelectMfaType)
        assert asked.options == ("SMS_MFA", "SOFTWARE_TOKEN_MFA")
        # cognito-local cannot send an SMS to a number given at sign-up. The error does not end the challenge.
        with pytest.raises(errors.UnknownServiceError):
            await asked.choose("SMS_MFA")
        chosen = (await asked.choose("SOFTWARE_TOKEN_MFA")).challenge
        assert isinstance(chosen, challenges.SoftwareTokenMfa) and chosen.device_name == "phone"
        with pytest.raises(errors.CodeMismatchException):
            await chosen.answer("000000")
        result = await chosen.answer_from_secret(setup.secret)
        assert result.signed_in and (await result.user.attributes())["email"] == email
