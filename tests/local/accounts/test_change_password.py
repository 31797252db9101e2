"""`ChangePassword`: the old password, the policy, and the limit of attempts."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..helpers import INCORRECT, PASSWORD, Wire, hours, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NEW = "N3w-Passw0rd!"


async def signed_in() -> tuple[Wire, dict[str, Any]]:
    wire = Wire()
    await wire.signed_up()
    return wire, {"AccessToken": (await wire.tokens())["AccessToken"]}


async def test_change_needs_the_old_password() -> None:
    wire, access = await signed_in()
    assert await wire.call("ChangePassword", PreviousPassword=PASSWORD, ProposedPassword=NEW, **access) == {}
    assert await wire.tokens(password=NEW)
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == INCORRECT
    # Existing sessions stay valid.
    assert (await wire.call("GetUser", **access))["Username"] == "alice"


async def test_old_password_is_checked_before_the_policy() -> None:
    wire, access = await signed_in()
    assert await wire.refused("ChangePassword", ProposedPassword="short", **access) == (
        "InvalidParameterException",
        "Missing required parameter OldPassword",
    )
    wrong = {"PreviousPassword": "Wr0ngpass!", "ProposedPassword": "short"}
    assert await wire.refused("ChangePassword", **wrong, **access) == INCORRECT
    unfit = {"PreviousPassword": PASSWORD, "ProposedPassword": "short"}
    assert await wire.refused("ChangePassword", **unfit, **access) == (
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    )
    assert await wire.tokens()


async def test_password_changes_are_limited_to_five_per_hour() -> None:
    wire, access = await signed_in()
    for _ in range(5):
        await wire.call("ChangePassword", PreviousPassword=PASSWORD, ProposedPassword=PASSWORD, **access)
    change = {"PreviousPassword": PASSWORD, "ProposedPassword": NEW}
    assert await wire.refused("ChangePassword", **change, **access) == (
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
    )
    wire.clock.advance(hours(1))
    access = {"AccessToken": (await wire.tokens())["AccessToken"]}
    assert await wire.call("ChangePassword", **change, **access) == {}


async def test_user_without_password_sets_the_first_one() -> None:
    wire = Wire(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    email = listed({"email": "f@example.com"})
    await wire.call("SignUp", Username="alice", UserAttributes=email)
    code = wire.service.outbox[-1].code
    session = (await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=code))["Session"]
    flow = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    access = {"AccessToken": (await wire.call("InitiateAuth", **flow))["AuthenticationResult"]["AccessToken"]}
    factors = (await wire.call("GetUserAuthFactors", **access))["ConfiguredUserAuthFactors"]
    assert factors == ["EMAIL_OTP"]
    assert await wire.call("ChangePassword", ProposedPassword=NEW, **access) == {}
    factors = (await wire.call("GetUserAuthFactors", **access))["ConfiguredUserAuthFactors"]
    assert factors == ["PASSWORD", "EMAIL_OTP"]
    assert await wire.tokens(password=NEW)
