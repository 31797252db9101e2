"""USER_AUTH: sign-ins that start from the `Session` of a sign-up, or from the access token of a sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, Wire, answer, claims, listed, refusal
from .test_choice import INVALID, begin, pool_with

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def sign_up(wire: Wire, name: str = "alice") -> str:
    attributes = listed({"email": f"{name}@example.com"})
    await wire.call("SignUp", Username=name, Password=PASSWORD, UserAttributes=attributes)
    code = wire.service.outbox[-1].code
    session: str = (await wire.call("ConfirmSignUp", Username=name, ConfirmationCode=code))["Session"]
    return session


async def sign_in_by_session(wire: Wire, session: str, name: str = "alice") -> Any:
    return await wire.call("InitiateAuth", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name}, Session=session)


@pytest.mark.parametrize("settings", [PoolSettings(mfa="OPTIONAL"), PoolSettings(mfa="ON")])
async def test_confirmation_session_signs_in_once_without_a_challenge(settings: PoolSettings) -> None:
    wire = Wire(settings)
    session = await sign_up(wire)
    assert "AuthenticationResult" in await sign_in_by_session(wire, session)
    again = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    used = refusal("Invalid session for the user, session can only be used once.")
    assert await wire.refused("InitiateAuth", **again) == used


async def test_confirmation_session_belongs_to_one_user_and_expires() -> None:
    wire = Wire()
    session = await sign_up(wire)
    await sign_up(wire, "bob")
    bob = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "bob"}, "Session": session}
    assert await wire.refused("InitiateAuth", **bob) == refusal("Invalid session for the user.")
    wire.clock.advance(180)
    late = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    assert await wire.refused("InitiateAuth", **late) == refusal("Invalid session for the user, session is expired.")


async def test_access_token_replaces_the_first_factor() -> None:
    wire = await pool_with(PoolSettings(mfa="OPTIONAL"))
    access = (await wire.tokens())["AccessToken"]
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.mfa = ("EMAIL_OTP",)
    asked = await begin(wire, ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high urn:low", MAX_AGE="300")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    reply = await answer(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)
    for token in ("AccessToken", "IdToken"):
        held = claims(reply["AuthenticationResult"][token])[1]
        assert (held["acr"], held["amr"]) == ("urn:high", ["pwd", "mfa", "otp"])
    assert "acr" not in claims(access)[1]


async def test_access_token_older_than_max_age_does_not_replace_a_factor() -> None:
    wire = await pool_with()
    access = (await wire.tokens())["AccessToken"]
    wire.clock.advance(301)
    asked = await begin(wire, ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high", MAX_AGE="300")
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert "AuthenticationResult" in await begin(wire, ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high")


async def test_access_token_does_not_replace_a_temporary_password() -> None:
    wire = await pool_with()
    access = (await wire.tokens())["AccessToken"]
    await wire.admin("AdminSetUserPassword", Username="alice", Password="Temp0rary!")
    asked = await begin(wire, ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high")
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"


async def test_invalid_step_up_is_refused() -> None:
    wire = await pool_with()
    await wire.signed_up("bob", PASSWORD, email="bob@example.com")
    access = (await wire.tokens("bob"))["AccessToken"]

    async def refused(**parameters: str) -> tuple[str, str]:
        return await wire.initiate_refused("USER_AUTH", USERNAME="alice", **parameters)

    assert await refused(ACCESS_TOKEN=access) == (INVALID, "ACCESS_TOKEN requires TARGET_ACR_VALUES")
    other = await refused(ACCESS_TOKEN=access, TARGET_ACR_VALUES="urn:high")
    assert other == refusal("Access Token does not belong to the user")
    wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
    elsewhere = await wire.call(
        "InitiateAuth",
        ClientId="other",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    of_another_client = elsewhere["AuthenticationResult"]["AccessToken"]
    other = await refused(ACCESS_TOKEN=of_another_client, TARGET_ACR_VALUES="urn:high")
    assert other == refusal("Access Token does not belong to the user")
    mine = (await wire.tokens())["AccessToken"]
    for text in ("soon", "-1", "\u0663", "9" * 5000):
        with_age = await refused(ACCESS_TOKEN=mine, TARGET_ACR_VALUES="urn:high", MAX_AGE=text)
        assert with_age == (INVALID, "MAX_AGE must be a number of seconds")
