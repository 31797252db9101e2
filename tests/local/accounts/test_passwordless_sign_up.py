"""Accounts without a password, and the `Session` with which a sign-up continues as a sign-in."""

from __future__ import annotations

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import FirstFactor, PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, Wire, hours, listed, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]
EMAIL = {"email": "f@example.com"}
MISSING = (
    "InvalidParameterException",
    "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
)
NO_CHOICE = AppClientSettings(explicit_auth_flows=frozenset({"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"}))


@pytest.mark.parametrize("factor", ["EMAIL_OTP", "SMS_OTP"])
async def test_one_time_passwords_allow_sign_up_without_a_password(factor: FirstFactor) -> None:
    wire = Wire(PoolSettings(first_factors=("PASSWORD", factor)))
    await wire.call("SignUp", Username="alice", UserAttributes=listed(EMAIL))
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.verifier is None
    await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=wire.service.outbox[-1].code)
    assert user.status == "CONFIRMED"


@pytest.mark.parametrize(
    ("pool", "client"),
    [
        (PoolSettings(), AppClientSettings()),
        (PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")), NO_CHOICE),
    ],
)
async def test_password_is_required_unless_pool_and_client_allow_other_factors(
    pool: PoolSettings, client: AppClientSettings
) -> None:
    assert await Wire(pool, client).refused("SignUp", Username="alice", UserAttributes=listed(EMAIL)) == MISSING


async def test_blank_password_is_the_same_as_none() -> None:
    wire = Wire(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    await wire.call("SignUp", Username="alice", Password="", UserAttributes=listed(EMAIL))
    assert await Wire().refused("SignUp", Username="alice", Password="") == MISSING


async def test_optional_password_must_follow_the_policy() -> None:
    wire = Wire(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    assert (await wire.refused("SignUp", Username="alice", Password="short"))[0] == "InvalidPasswordException"


async def confirmed(wire: Wire) -> tuple[str, str]:
    """Sign alice up and confirm the sign-up. Return the `Session` of both replies."""
    signed_up = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(EMAIL))
    code = wire.service.outbox[-1].code
    reply = await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=code, Session=signed_up["Session"])
    return signed_up["Session"], reply["Session"]


async def sign_in_by_session(wire: Wire, session: str, name: str = "alice") -> object:
    reply = await wire.call("InitiateAuth", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name}, Session=session)
    return reply["AuthenticationResult"]["AccessToken"]


async def test_confirmation_session_signs_in_once() -> None:
    wire = Wire()
    session = (await confirmed(wire))[1]
    assert 20 <= len(session) <= 4096
    assert await sign_in_by_session(wire, session)
    parameters = {"USERNAME": "alice"}
    assert await wire.refused(
        "InitiateAuth", AuthFlow="USER_AUTH", AuthParameters=parameters, Session=session
    ) == refusal("Invalid session for the user, session can only be used once.")


async def test_confirmation_session_belongs_to_one_user_and_expires() -> None:
    wire = Wire()
    session = (await confirmed(wire))[1]
    await wire.signed_up("bob", PASSWORD)
    flow = {"AuthFlow": "USER_AUTH", "Session": session}
    assert await wire.refused("InitiateAuth", AuthParameters={"USERNAME": "bob"}, **flow) == refusal(
        "Invalid session for the user."
    )
    wire.clock.advance(180)
    assert await wire.refused("InitiateAuth", AuthParameters={"USERNAME": "alice"}, **flow) == refusal(
        "Invalid session for the user, session is expired."
    )


@pytest.mark.parametrize("operation", ["AdminResetUserPassword", "AdminSetUserPassword"])
async def test_confirmation_session_does_not_replace_a_new_password(operation: str) -> None:
    wire = Wire()
    session = (await confirmed(wire))[1]
    password = {"Password": "Temp0rary!"} if operation == "AdminSetUserPassword" else {}
    await wire.admin(operation, Username="alice", **password)
    flow = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    assert await wire.refused("InitiateAuth", **flow) == refusal("Invalid session for the user.")


@pytest.mark.parametrize("by_administrator", [True, False])
async def test_session_of_the_sign_up_proves_nothing(by_administrator: bool) -> None:
    wire = Wire()
    signed_up = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(EMAIL))
    flow = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": signed_up["Session"]}
    assert (await wire.refused("InitiateAuth", **flow))[0] == "UserNotConfirmedException"
    if by_administrator:
        await wire.admin("AdminConfirmSignUp", Username="alice")
    else:
        await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=wire.service.outbox[-1].code)
    assert await wire.refused("InitiateAuth", **flow) == refusal("Invalid session for the user.")


async def test_sign_up_that_confirms_the_user_returns_a_session_for_the_sign_in() -> None:
    async def confirm(event: Event) -> None:
        event["response"]["autoConfirmUser"] = True

    wire = Wire(PoolSettings(triggers=Triggers(pre_sign_up=confirm)))
    signed_up = await wire.call("SignUp", Username="alice", Password=PASSWORD)
    assert signed_up["UserConfirmed"] and await sign_in_by_session(wire, signed_up["Session"])


async def test_confirmation_returns_a_session_even_after_that_of_the_sign_up_expired() -> None:
    wire = Wire()
    signed_up = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(EMAIL))
    wire.clock.advance(hours(1))
    reply = await wire.call(
        "ConfirmSignUp",
        Username="alice",
        ConfirmationCode=wire.service.outbox[-1].code,
        Session=signed_up["Session"],
    )
    assert await sign_in_by_session(wire, reply["Session"])


@pytest.mark.parametrize("whose", ["unknown", "another user's", "another client's", "a sign-in's"])
async def test_confirmation_refuses_the_session_of_something_else(whose: str) -> None:
    wire = Wire(PoolSettings(mfa="ON"))
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(EMAIL))
    code, session = wire.service.outbox[-1].code, "x" * 40
    if whose == "a sign-in's":
        await wire.signed_up("bob", PASSWORD, email="b@example.com")
        session = (await wire.initiate(USERNAME="bob", PASSWORD=PASSWORD))["Session"]
    elif whose != "unknown":
        session = (await wire.call("SignUp", Username="bob", Password=PASSWORD))["Session"]
    if whose == "another client's":
        wire.client = wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
    confirm = {"Username": "alice", "ConfirmationCode": code}
    assert await wire.refused("ConfirmSignUp", Session=session, **confirm) == refusal("Invalid session for the user.")
    assert await wire.call("ConfirmSignUp", **confirm)


async def test_client_without_user_auth_gets_no_session() -> None:
    wire = Wire(client=NO_CHOICE)
    signed_up = await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(EMAIL))
    assert "Session" not in signed_up
    code = wire.service.outbox[-1].code
    assert await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=code) == {}


VERIFIED = listed({"email": "f@example.com", "email_verified": "true"})
ONE_TIME = PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP"))


async def test_administrator_creates_a_user_without_a_password() -> None:
    wire = Wire(ONE_TIME)
    reply = await wire.admin("AdminCreateUser", Username="alice", UserAttributes=VERIFIED, MessageAction="SUPPRESS")
    assert reply["User"]["UserStatus"] == "CONFIRMED" and not wire.service.outbox
    asked = await wire.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("EMAIL_OTP", ["EMAIL_OTP"])


async def test_invitation_of_a_user_without_a_password_has_no_password() -> None:
    wire = Wire(ONE_TIME)
    create = {"Username": "alice", "UserAttributes": VERIFIED, "TemporaryPassword": ""}
    reply = await wire.admin("AdminCreateUser", DesiredDeliveryMediums=["EMAIL"], **create)
    assert reply["User"]["UserStatus"] == "CONFIRMED"
    assert [(message.kind, message.code) for message in wire.service.outbox] == [("invitation", "")]


@pytest.mark.parametrize(
    ("pool", "members"),
    [
        (PoolSettings(), {"UserAttributes": VERIFIED, "MessageAction": "SUPPRESS"}),
        (ONE_TIME, {"UserAttributes": listed(EMAIL), "MessageAction": "SUPPRESS"}),
        (ONE_TIME, {"UserAttributes": VERIFIED, "MessageAction": "SUPPRESS", "TemporaryPassword": PASSWORD}),
    ],
)
async def test_administrator_creates_other_users_with_a_temporary_password(
    pool: PoolSettings, members: dict[str, object]
) -> None:
    wire = Wire(pool)
    reply = await wire.admin("AdminCreateUser", Username="alice", **members)
    assert reply["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.verifier is not None
