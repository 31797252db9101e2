"""`ForgotPassword` and `ConfirmForgotPassword`: with a code, users replace a forgotten password."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import Mfa, PoolSettings, Recovery
from cognito_async._local.settings.triggers import Triggers
from cognito_async._local.state.entities import User

from ..helpers import PASSWORD, SECRET, Wire, hours, listed, refusal, secret_hash

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NEW = "N3w-Passw0rd!"
INVALID = "InvalidParameterException"
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
UNKNOWN = ("UserNotFoundException", "Username/client id combination not found.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
NO_CONTACT = (
    INVALID,
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)
HIDING = AppClientSettings(prevent_user_existence_errors="ENABLED")


async def code_for(wire: Wire, name: str = "alice") -> str:
    await wire.call("ForgotPassword", Username=name)
    return wire.service.outbox[-1].code


def confirmation(code: str, name: str = "alice", password: str = NEW) -> dict[str, str]:
    return {"Username": name, "ConfirmationCode": code, "Password": password}


async def test_forgotten_password_is_replaced_with_a_code() -> None:
    wire = Wire()
    await wire.signed_up(email="florence@example.com")
    assert await wire.call("ForgotPassword", Username="alice") == {
        "CodeDeliveryDetails": {"Destination": "f***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    }
    sent = wire.service.outbox[-1]
    assert (sent.kind, sent.destination, sent.username) == ("forgot_password", "florence@example.com", "alice")
    assert len(sent.code) == 6 and sent.code.isdigit()
    assert await wire.call("ConfirmForgotPassword", **confirmation(sent.code)) == {}
    assert await wire.tokens(password=NEW)
    assert (await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD))[0] == "NotAuthorizedException"
    assert await wire.refused("ConfirmForgotPassword", **confirmation(sent.code)) == EXPIRED


async def test_reset_code_expires_after_an_hour() -> None:
    wire = Wire()
    await wire.signed_up()
    code = await code_for(wire)
    wire.clock.advance(hours(1))
    assert await wire.refused("ConfirmForgotPassword", **confirmation(code)) == EXPIRED
    code = await code_for(wire)
    wire.clock.advance(hours(1) - 1)
    assert await wire.call("ConfirmForgotPassword", **confirmation(code)) == {}


async def test_wrong_code_or_weak_password_does_not_spend_the_code() -> None:
    wire = Wire(PoolSettings(fixed_code="424242"))
    await wire.signed_up()
    assert await wire.refused("ConfirmForgotPassword", **confirmation("424242")) == EXPIRED
    await code_for(wire)
    assert await wire.refused("ConfirmForgotPassword", **confirmation("424243")) == MISMATCH
    unfit = confirmation("424242", password="short")
    assert (await wire.refused("ConfirmForgotPassword", **unfit))[0] == "InvalidPasswordException"
    assert await wire.call("ConfirmForgotPassword", **confirmation("424242")) == {}


async def test_sign_up_codes_and_reset_codes_are_separate() -> None:
    wire = Wire()
    user = await wire.signed_up()
    code = await code_for(wire)
    user.status = "UNCONFIRMED"
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode=code) == EXPIRED


async def test_reset_attempts_per_hour_are_limited() -> None:
    wire = Wire(PoolSettings(fixed_code="424242"))
    await wire.signed_up()
    for _ in range(5):
        await code_for(wire)
    assert await wire.refused("ForgotPassword", Username="alice") == LIMIT
    for _ in range(20):
        assert await wire.refused("ConfirmForgotPassword", **confirmation("000000")) == MISMATCH
    assert await wire.refused("ConfirmForgotPassword", **confirmation("424242")) == LIMIT
    wire.clock.advance(hours(1))
    assert await wire.call("ConfirmForgotPassword", **confirmation(await code_for(wire))) == {}


async def test_unknown_and_disabled_users_are_reported_to_legacy_clients() -> None:
    wire = Wire()
    user = await wire.signed_up()
    assert await wire.refused("ForgotPassword", Username="nobody") == UNKNOWN
    assert await wire.refused("ConfirmForgotPassword", **confirmation("123456", "nobody")) == UNKNOWN
    user.enabled = False
    assert await wire.refused("ForgotPassword", Username="alice") == refusal("User is disabled.")
    assert await wire.refused("ConfirmForgotPassword", **confirmation("123456")) == refusal("User is disabled.")


async def test_unresettable_users_are_hidden_if_existence_errors_are_prevented() -> None:
    wire = Wire(client=HIDING)
    (await wire.signed_up("disabled")).enabled = False
    del (await wire.signed_up("unverified")).attributes["email_verified"]
    sent = len(wire.service.outbox)
    for name in ("nobody", "disabled", "unverified"):
        first = await wire.call("ForgotPassword", Username=name)
        assert first["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
        assert await wire.call("ForgotPassword", Username=name) == first
    assert len(wire.service.outbox) == sent
    for name in ("nobody", "disabled", "unverified"):
        assert await wire.refused("ConfirmForgotPassword", **confirmation("123456", name)) == MISMATCH
    assert await wire.refused("ConfirmForgotPassword", **confirmation("123456", "somebody")) == EXPIRED


async def test_code_of_a_disabled_user_is_hidden_like_a_wrong_one() -> None:
    wire = Wire(client=HIDING)
    user = await wire.signed_up()
    code = await code_for(wire)
    user.enabled = False
    assert await wire.refused("ConfirmForgotPassword", **confirmation(code)) == MISMATCH
    # The next request replaces the code without a message, so it is of no use later.
    await wire.call("ForgotPassword", Username="alice")
    user.enabled = True
    assert await wire.refused("ConfirmForgotPassword", **confirmation(code)) == MISMATCH
    assert await wire.call("ConfirmForgotPassword", **confirmation(await code_for(wire))) == {}


BOTH = {"email": "f@example.com", "phone_number": "+15550009934"}
PHONE_FIRST: tuple[Recovery, ...] = ("verified_phone_number", "verified_email")
VERIFIED = {"email_verified": "true", "phone_number_verified": "true"}


@pytest.mark.parametrize(
    ("allowed", "attributes", "mfa", "contact"),
    [
        (PHONE_FIRST, {**BOTH, **VERIFIED}, (), "phone_number"),
        (PHONE_FIRST, {**BOTH, "email_verified": "true"}, (), "email"),
        (PHONE_FIRST, {**BOTH, **VERIFIED}, ("SMS_MFA",), "email"),
        (PHONE_FIRST, {**BOTH, **VERIFIED}, ("EMAIL_OTP",), "phone_number"),
        (PHONE_FIRST, {**BOTH, **VERIFIED}, ("SMS_MFA", "EMAIL_OTP"), None),
        (PHONE_FIRST, {**BOTH, "email_verified": "true"}, ("EMAIL_OTP",), None),
        (PHONE_FIRST, BOTH, (), None),
        (PHONE_FIRST, {"email_verified": "true"}, (), None),
        (PHONE_FIRST[::-1], {**BOTH, **VERIFIED}, (), "email"),
        (PHONE_FIRST[::-1], {**BOTH, **VERIFIED}, ("EMAIL_OTP",), "phone_number"),
        (("verified_email",), {**BOTH, **VERIFIED}, (), "email"),
        (("verified_email",), {**BOTH, "phone_number_verified": "true"}, (), None),
        (("verified_phone_number",), {**BOTH, **VERIFIED}, (), "phone_number"),
        (("verified_phone_number",), {**BOTH, **VERIFIED}, ("SMS_MFA",), None),
        (("admin_only",), {**BOTH, **VERIFIED}, (), None),
        (None, {**BOTH, **VERIFIED}, (), "phone_number"),
        (None, {**BOTH, "email_verified": "true"}, (), "email"),
        (None, {**BOTH, **VERIFIED}, ("SMS_MFA",), "phone_number"),
        (None, BOTH, (), None),
    ],
)
async def test_reset_code_goes_to_a_verified_contact_that_the_settings_allow(
    allowed: tuple[Recovery, ...] | None, attributes: dict[str, str], mfa: tuple[Mfa, ...], contact: str | None
) -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL", account_recovery=allowed))
    user = await wire.signed_up()
    user.attributes, user.mfa = attributes, mfa
    if contact is None:
        assert await wire.refused("ForgotPassword", Username="alice") == NO_CONTACT
    else:
        reply = await wire.call("ForgotPassword", Username="alice")
        assert reply["CodeDeliveryDetails"]["AttributeName"] == contact


async def test_temporary_password_cannot_be_reset() -> None:
    wire = Wire()
    verified = listed({"email": "f@example.com", "email_verified": "true"})
    await wire.admin("AdminCreateUser", Username="alice", UserAttributes=verified)
    assert await wire.refused("ForgotPassword", Username="alice") == refusal(
        "User password cannot be reset in the current state."
    )


async def test_reset_by_an_administrator_ends_with_a_new_password() -> None:
    wire = Wire()
    user = await wire.signed_up()
    assert await wire.admin("AdminResetUserPassword", Username="alice") == {}
    assert user.status == "RESET_REQUIRED" and wire.service.outbox[-1].kind == "forgot_password"
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == (
        "PasswordResetRequiredException",
        "Password reset required for the user",
    )
    assert await wire.call("ConfirmForgotPassword", **confirmation(wire.service.outbox[-1].code)) == {}
    assert await wire.tokens(password=NEW)


async def test_code_is_invalid_after_its_contact_changes() -> None:
    wire = Wire()
    user = await wire.signed_up()
    access = {"AccessToken": (await wire.tokens())["AccessToken"]}
    code = await code_for(wire)
    await wire.call("UpdateUserAttributes", UserAttributes=listed({"email": "g@example.com"}), **access)
    assert await wire.refused("ConfirmForgotPassword", **confirmation(code)) == EXPIRED
    assert user.attributes["email_verified"] == "false"


async def test_post_confirmation_trigger_is_called_after_a_reset() -> None:
    events: list[Event] = []

    async def note(event: Event) -> None:
        events.append(event)

    wire = Wire(PoolSettings(triggers=Triggers(post_confirmation=note)))
    await wire.signed_up()
    code = await code_for(wire)
    await wire.call("ConfirmForgotPassword", **confirmation(code), ClientMetadata={"from": "web"})
    assert [event["triggerSource"] for event in events] == [
        "PostConfirmation_ConfirmSignUp",
        "PostConfirmation_ConfirmForgotPassword",
    ]
    assert events[-1]["request"]["clientMetadata"] == {"from": "web"}


class OtherDirectory:
    """A user-migration trigger that knows one user."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.sources: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self._attributes = attributes

    async def __call__(self, event: Event) -> Event:
        self.sources.append(event["triggerSource"])
        self.requests.append(event["request"])
        if event["userName"] == "alice":
            event["response"]["userAttributes"] = self._attributes
        return event


async def test_user_of_another_directory_gets_a_code() -> None:
    elsewhere = OtherDirectory({"email": "f@example.com", "email_verified": "true"})
    wire = Wire(PoolSettings(triggers=Triggers(user_migration=elsewhere)))
    assert await wire.refused("ForgotPassword", Username="nobody") == UNKNOWN
    reply = await wire.call("ForgotPassword", Username="alice", ClientMetadata={"from": "web"})
    assert reply["CodeDeliveryDetails"]["Destination"] == "f***@e***"
    assert set(elsewhere.sources) == {"UserMigration_ForgotPassword"}
    assert "password" not in elsewhere.requests[-1]
    assert elsewhere.requests[-1]["clientMetadata"] == {"from": "web"}
    user: User | None = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and (user.status, user.verifier) == ("RESET_REQUIRED", None)
    await wire.call("ConfirmForgotPassword", **confirmation(wire.service.outbox[-1].code))
    assert await wire.tokens(password=NEW)
    # Now the pool has the user.
    calls = len(elsewhere.sources)
    await wire.call("ForgotPassword", Username="alice")
    assert len(elsewhere.sources) == calls


async def test_client_with_a_secret_needs_the_secret_hash() -> None:
    wire = Wire(client=AppClientSettings(secret=SECRET))
    wrong = secret_hash("bob", wire.client)
    message = refusal(f"SecretHash does not match for the client: {wire.client.id}")
    assert await wire.refused("ForgotPassword", Username="alice", SecretHash=wrong) == message
    assert await wire.refused("ConfirmForgotPassword", **confirmation("1"), SecretHash=wrong) == message
