"""The custom message trigger, and the texts of messages with and without it."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, Wire, answer, listed
from ..triggers.test_calls import RecordingTrigger

pytestmark = [pytest.mark.anyio, pytest.mark.table]
EMAIL = {"email": "f@example.com"}
PHONE = {"phone_number": "+15550100"}
MAIL_PATTERN = (
    "InvalidParameterException",
    (
        "1 validation error detected: Value at 'emailBody' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
    ),
)


def pool_with(trigger: Any = None, **settings: Any) -> Wire:
    return Wire(PoolSettings(triggers=Triggers(custom_message=trigger), **settings))


def texts(**response: Any) -> RecordingTrigger:
    return RecordingTrigger(**response)


async def sign_up(wire: Wire, attributes: dict[str, str] = EMAIL, **members: Any) -> Any:
    return await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(attributes), **members)


async def refused(wire: Wire, attributes: dict[str, str] = EMAIL) -> tuple[str, str]:
    return await wire.refused("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(attributes))


async def test_each_message_has_its_source_and_the_metadata_of_its_call() -> None:
    trigger = RecordingTrigger()
    wire = pool_with(trigger, auto_verified=("email", "phone_number"), mfa="OPTIONAL")
    sent = {"ClientMetadata": {"shop": "7"}}
    await sign_up(wire, **sent)
    await wire.call("ResendConfirmationCode", Username="alice", **sent)
    await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=wire.service.outbox[-1].code)
    await wire.call("ForgotPassword", Username="alice", **sent)
    await wire.admin("AdminResetUserPassword", Username="alice", **sent)
    code = wire.service.outbox[-1].code
    await wire.call("ConfirmForgotPassword", Username="alice", ConfirmationCode=code, Password=PASSWORD)
    token = (await wire.tokens())["AccessToken"]
    await wire.call("UpdateUserAttributes", AccessToken=token, UserAttributes=listed(PHONE), **sent)
    await wire.call("GetUserAttributeVerificationCode", AccessToken=token, AttributeName="phone_number", **sent)
    await wire.admin("AdminCreateUser", Username="bob", UserAttributes=listed(PHONE), **sent)
    await wire.admin("AdminCreateUser", Username="bob", MessageAction="RESEND", **sent)
    names = [event["triggerSource"].removeprefix("CustomMessage_") for event in trigger.events]
    assert names == [
        "SignUp",
        "ResendCode",
        "ForgotPassword",
        "ForgotPassword",
        "UpdateUserAttribute",
        "VerifyUserAttribute",
        "AdminCreateUser",
        "AdminCreateUser",
    ]
    assert all(event["request"]["clientMetadata"] == {"shop": "7"} for event in trigger.events)
    assert [event["request"]["usernameParameter"] for event in trigger.events] == [None] * 6 + ["{username}"] * 2
    by_admins = [event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE" for event in trigger.events]
    assert by_admins == [False, False, False, True, False, False, True, True]
    attributes = trigger.events[0]["request"]["userAttributes"]
    assert attributes["cognito:user_status"] == "UNCONFIRMED" and attributes["email"] == EMAIL["email"]
    assert len(wire.service.outbox) == len(trigger.events)


async def test_second_factor_gets_the_metadata_of_an_answer_only() -> None:
    trigger = RecordingTrigger()
    wire = pool_with(trigger, mfa="OPTIONAL")
    user = await wire.signed_up("alice", PASSWORD, **EMAIL, **PHONE)
    user.mfa, user.preferred_mfa = ("SMS_MFA", "EMAIL_OTP"), None
    asked = await wire.call(
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        ClientMetadata={"shop": "7"},
    )
    await answer(wire, asked, ANSWER="SMS_MFA")
    assert trigger.events[-1]["triggerSource"] == "CustomMessage_Authentication"
    assert "clientMetadata" not in trigger.events[-1]["request"]
    message = wire.service.outbox[-1]
    assert (message.medium, message.body) == ("SMS", f"Your authentication code is {message.code}.")


async def test_trigger_writes_the_texts_around_the_placeholders() -> None:
    async def write(event: Event) -> None:
        code = event["request"]["codeParameter"]
        event["response"] |= {"emailMessage": f"<b>{code}</b> or {code}", "emailSubject": "Hi!", "smsMessage": code}

    wire = pool_with(write)
    await sign_up(wire)
    mail = wire.service.outbox[-1]
    assert (mail.body, mail.subject) == (f"<b>{mail.code}</b> or {mail.code}", "Hi!")


async def test_invitation_has_both_placeholders() -> None:
    trigger = RecordingTrigger(emailMessage="Be {username}, with {####}", smsMessage="{####} {username}")
    wire = pool_with(trigger)
    # The placeholders in the values stay as they are.
    password = "{username}A1"
    await wire.admin(
        "AdminCreateUser",
        Username="{####}",
        TemporaryPassword=password,
        UserAttributes=listed({**EMAIL, **PHONE}),
        DesiredDeliveryMediums=["EMAIL", "SMS"],
    )
    by_sms, by_mail = wire.service.outbox
    assert by_mail.body == f"Be {{####}}, with {password}" and by_mail.subject == "Your temporary password"
    assert (by_sms.body, by_sms.subject) == (f"{password} {{####}}", None)


async def test_pool_has_texts_of_its_own() -> None:
    wire = Wire(PoolSettings(auto_verified=("email", "phone_number")))
    await sign_up(wire, {**EMAIL, **PHONE})
    by_sms = wire.service.outbox[-1]
    assert (by_sms.body, by_sms.subject) == (f"Your verification code is {by_sms.code}.", None)
    await wire.admin("AdminCreateUser", Username="bob", UserAttributes=listed(EMAIL), DesiredDeliveryMediums=["EMAIL"])
    invitation = wire.service.outbox[-1]
    assert invitation.body == f"Your username is bob and temporary password is {invitation.code}."
    assert invitation.subject == "Your temporary password"


async def test_repr_of_a_message_shows_no_code_and_no_text() -> None:
    wire = pool_with(texts(emailMessage="The secret is {####}", emailSubject="Confidential"), fixed_code="864209")
    await sign_up(wire)
    message = wire.service.outbox[-1]
    assert message.body == "The secret is 864209"
    assert not [each for each in ("864209", "secret is", "Confidential") if each in repr(message)]


@pytest.mark.parametrize("text", ["", "Your code", "{##Click Here##}", "{####}\N{NO-BREAK SPACE}", "{####}\x00"])
async def test_mail_that_the_service_refuses_is_refused(text: str) -> None:
    assert await refused(pool_with(texts(emailMessage=text))) == MAIL_PATTERN


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"smsMessage": "Your code"}, r"'smsMessage' failed to satisfy constraint: Member must satisfy regular"),
        ({"smsMessage": "{####}" + "x" * 135}, "'smsMessage' failed to satisfy constraint: Member must have length"),
    ],
)
async def test_text_message_that_cannot_be_sent_is_refused(response: dict[str, str], message: str) -> None:
    wire = pool_with(texts(**response), auto_verified=("phone_number",))
    code, text = await refused(wire, PHONE)
    assert code == "InvalidParameterException" and message in text and not wire.service.outbox


@pytest.mark.parametrize(
    ("response", "member"),
    [
        ({"emailMessage": "{####}" + "x" * 20_000}, "emailBody"),
        ({"emailSubject": "x" * 141}, "emailSubject"),
        ({"emailSubject": ""}, "emailSubject"),
        ({"emailSubject": "Hi\x07"}, "emailSubject"),
    ],
)
async def test_mail_with_an_invalid_length_or_subject_is_refused(response: dict[str, str], member: str) -> None:
    code, text = await refused(pool_with(texts(**response)))
    assert code == "InvalidParameterException" and f"Value at '{member}'" in text


async def test_text_for_the_other_medium_is_not_checked() -> None:
    wire = pool_with(texts(smsMessage="Not a code", emailMessage="{####}"))
    await sign_up(wire)
    assert wire.service.outbox[-1].body == wire.service.outbox[-1].code


async def test_invitation_without_the_username_is_refused() -> None:
    wire = pool_with(texts(emailMessage="{####}"))
    code, text = await wire.admin_refused(
        "AdminCreateUser", Username="bob", UserAttributes=listed(EMAIL), DesiredDeliveryMediums=["EMAIL"]
    )
    assert code == "InvalidLambdaResponseException" and "{username}" in text and not wire.service.outbox


async def test_exception_of_the_trigger_refuses_the_call_and_sends_nothing() -> None:
    wire = pool_with(RecordingTrigger(fails=True))
    failed = ("UserLambdaValidationException", "CustomMessage failed with error not today.")
    assert await refused(wire) == failed
    assert not wire.service.outbox
    # The user has been added before the message.
    assert await wire.refused("ResendConfirmationCode", Username="alice") == failed
