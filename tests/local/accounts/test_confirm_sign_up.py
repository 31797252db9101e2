from __future__ import annotations

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, Wire, hours, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
EMAIL = listed({"email": "florence@example.com"})
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
UNKNOWN = ("UserNotFoundException", "Username/client id combination not found.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
INVALID = "InvalidParameterException"


async def test_confirmation_verifies_the_contact_once() -> None:
    wire = Wire()
    user = await wire.signed_up()
    assert (user.status, user.attributes["email_verified"]) == ("CONFIRMED", "true")
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="123456") == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )
    assert await wire.refused("ResendConfirmationCode", Username="alice") == (INVALID, "User is already confirmed.")


async def test_wrong_and_expired_codes_are_refused() -> None:
    wire = Wire(PoolSettings(fixed_code="424242"))
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="424243") == MISMATCH
    wire.clock.advance(hours(24))
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="424242") == EXPIRED
    await wire.call("ResendConfirmationCode", Username="alice")
    assert (await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode="424242")).keys() == {"Session"}


async def test_only_the_newest_code_confirms_a_sign_up() -> None:
    wire = Wire()
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    reply = await wire.call("ResendConfirmationCode", Username="alice")
    while len({message.code for message in wire.service.outbox}) < 2:  # pragma: no cover - one time in a million
        await wire.call("ResendConfirmationCode", Username="alice")
    assert reply["CodeDeliveryDetails"]["Destination"] == "f***@e***"
    assert wire.service.outbox[-1].kind == "resend_code"
    old, new = wire.service.outbox[0].code, wire.service.outbox[-1].code
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode=old) == MISMATCH
    assert (await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=new)).keys() == {"Session"}


async def test_confirmation_attempts_per_hour_are_limited() -> None:
    wire = Wire(PoolSettings(fixed_code="424242"))
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    for _ in range(15):
        assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="000000") == MISMATCH
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="424242") == LIMIT
    for _ in range(5):
        await wire.call("ResendConfirmationCode", Username="alice")
    assert await wire.refused("ResendConfirmationCode", Username="alice") == LIMIT
    wire.clock.advance(hours(1))
    await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode="424242")


async def test_unknown_users_are_reported_to_legacy_clients() -> None:
    wire = Wire()
    assert await wire.refused("ConfirmSignUp", Username="nobody", ConfirmationCode="123456") == UNKNOWN
    assert await wire.refused("ResendConfirmationCode", Username="nobody") == UNKNOWN


@pytest.mark.parametrize(
    ("verified", "name"), [(("email",), "nobody"), (("email",), "n@example.com"), (("phone_number",), "nobody")]
)
async def test_unknown_users_are_hidden_if_existence_errors_are_prevented(verified: tuple[str, ...], name: str) -> None:
    hidden = AppClientSettings(prevent_user_existence_errors="ENABLED")
    wire = Wire(PoolSettings(auto_verified=("phone_number",) if "phone_number" in verified else ("email",)), hidden)
    assert await wire.refused("ConfirmSignUp", Username=name, ConfirmationCode="123456") == MISMATCH
    first = await wire.call("ResendConfirmationCode", Username=name)
    assert await wire.call("ResendConfirmationCode", Username=name) == first and not wire.service.outbox
    details = first["CodeDeliveryDetails"]
    assert details["AttributeName"] in verified
    if name == "n@example.com":
        assert details["Destination"] == "n***@e***"
    else:
        assert len(details["Destination"]) == len("f***@e***" if "email" in verified else "+*******9934")


async def test_disabled_users_are_reported_or_hidden() -> None:
    wire = Wire()
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.enabled = False
    disabled = ("NotAuthorizedException", "User is disabled.")
    assert await wire.refused("ResendConfirmationCode", Username="alice") == disabled
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="1") == disabled
    other = AppClientSettings(id="hiding", prevent_user_existence_errors="ENABLED")
    wire.service.add_client(wire.pool.id, other)
    sent = len(wire.service.outbox)
    assert await wire.call("ResendConfirmationCode", Username="alice", ClientId="hiding")
    assert len(wire.service.outbox) == sent
    code = {"ClientId": "hiding", "ConfirmationCode": wire.service.outbox[0].code}
    assert await wire.refused("ConfirmSignUp", Username="alice", **code) == disabled
    assert user.status == "UNCONFIRMED"


async def test_confirmed_user_gets_delivery_details_without_a_message_if_hidden() -> None:
    wire = Wire(client=AppClientSettings(prevent_user_existence_errors="ENABLED"))
    await wire.signed_up()
    sent = len(wire.service.outbox)
    details = (await wire.call("ResendConfirmationCode", Username="alice"))["CodeDeliveryDetails"]
    assert details == {"Destination": "f***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert details == (await wire.call("ForgotPassword", Username="alice"))["CodeDeliveryDetails"]
    assert len(wire.service.outbox) == sent + 1
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="123456") == MISMATCH


async def test_only_the_right_code_reveals_that_it_has_expired_if_hidden() -> None:
    wire = Wire(client=AppClientSettings(prevent_user_existence_errors="ENABLED"))
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    wire.clock.advance(hours(24))
    code = wire.service.outbox[0].code
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode="wrong") == MISMATCH
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode=code) == EXPIRED
    await wire.call("ResendConfirmationCode", Username="alice")
    assert await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=wire.service.outbox[-1].code)


async def test_pool_without_verification_resends_no_code_to_any_name() -> None:
    wire = Wire(PoolSettings(auto_verified=()), AppClientSettings(prevent_user_existence_errors="ENABLED"))
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=EMAIL)
    for name in ("alice", "nobody"):
        refused = await wire.refused("ResendConfirmationCode", Username=name)
        assert refused == (INVALID, "Auto verification not turned on.")


async def test_alias_moves_to_another_user_only_if_forced() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email",)))
    first = await wire.signed_up("alice")
    await wire.call("SignUp", Username="bob", Password=PASSWORD, UserAttributes=listed({"email": "f@example.com"}))
    code = wire.service.outbox[-1].code
    assert await wire.refused("ConfirmSignUp", Username="bob", ConfirmationCode=code) == (
        "AliasExistsException",
        "An account with the email already exists.",
    )
    await wire.call("ConfirmSignUp", Username="bob", ConfirmationCode=code, ForceAliasCreation=True)
    assert first.attributes["email_verified"] == "false"
    assert wire.service.find_user(wire.pool.id, "F@example.com") is not first
