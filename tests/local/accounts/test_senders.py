"""Custom senders: functions that send the pool's mails and SMS, with encrypted codes."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from cognito_async import errors
from cognito_async._local.settings.file import parse_settings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async.triggers import parse

from ..helpers import PASSWORD, Wire, answer, listed
from ..triggers.test_calls import RecordingTrigger

pytestmark = [pytest.mark.anyio, pytest.mark.table]
EMAIL = {"email": "f@example.com"}
PHONE = {"phone_number": "+15550100"}
KEY = "arn:aws:kms:eu-west-1:999999999999:key/mrk-0123456789abcdef"


def sending(trigger: Any, *, sms: Any = None, custom_message: Any = None, **settings: Any) -> Wire:
    triggers = Triggers(custom_email_sender=trigger, custom_sms_sender=sms, custom_message=custom_message)
    return Wire(PoolSettings(triggers=triggers, **settings))


async def sign_up(wire: Wire, attributes: dict[str, str] = EMAIL, **members: Any) -> Any:
    return await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed(attributes), **members)


def decrypted(wire: Wire, event: dict[str, Any]) -> str:
    parsed: Any = parse(event)
    code: str = parsed.decrypt_code(kms=wire.service.kms, key_id=wire.pool.kms_key_arn)
    return code


async def test_event_has_what_the_service_sends() -> None:
    mails = RecordingTrigger()
    wire = sending(mails)
    await sign_up(wire, ClientMetadata={"shop": "7"})
    (event,) = mails.events
    code = event["request"].pop("code")
    sub = event["request"]["userAttributes"].pop("sub")
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and sub == user.sub and code.startswith("AYADe")
    assert event == {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": wire.pool.id,
        "userName": "alice",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": wire.client.id},
        "triggerSource": "CustomEmailSender_SignUp",
        "request": {
            "type": "customEmailSenderRequestV1",
            "clientMetadata": {"shop": "7"},
            "userAttributes": {"cognito:user_status": "UNCONFIRMED", **EMAIL, "email_verified": "false"},
        },
    }


async def test_each_message_has_its_source_and_its_code() -> None:
    mails, texts = RecordingTrigger(), RecordingTrigger()
    wire = sending(mails, sms=texts, auto_verified=("email", "phone_number"), mfa="OPTIONAL")
    outbox, sent = wire.service.outbox, {"ClientMetadata": {"shop": "7"}}
    await sign_up(wire, **sent)
    await wire.call("ResendConfirmationCode", Username="alice", **sent)
    await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=decrypted(wire, mails.events[-1]))
    await wire.call("ForgotPassword", Username="alice", **sent)
    code = decrypted(wire, mails.events[-1])
    await wire.call("ConfirmForgotPassword", Username="alice", ConfirmationCode=code, Password=PASSWORD)
    token = (await wire.tokens())["AccessToken"]
    await wire.call("UpdateUserAttributes", AccessToken=token, UserAttributes=listed(PHONE), **sent)
    await wire.call("GetUserAttributeVerificationCode", AccessToken=token, AttributeName="phone_number", **sent)
    code = decrypted(wire, texts.events[-1])
    await wire.call("VerifyUserAttribute", AccessToken=token, AttributeName="phone_number", Code=code)
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    user.mfa, user.preferred_mfa = ("SMS_MFA",), "SMS_MFA"
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert await answer(wire, asked, SMS_MFA_CODE=decrypted(wire, texts.events[-1]))
    both = {"UserAttributes": listed({**EMAIL, **PHONE}), "DesiredDeliveryMediums": ["EMAIL", "SMS"], **sent}
    await wire.admin("AdminCreateUser", Username="bob", TemporaryPassword="<Temp0rary&>", **both)
    assert [event["triggerSource"] for event in mails.events] == [
        f"CustomEmailSender_{each}" for each in ("SignUp", "ResendCode", "ForgotPassword", "AdminCreateUser")
    ]
    assert [event["triggerSource"] for event in texts.events] == [
        f"CustomSMSSender_{each}"
        for each in ("UpdateUserAttribute", "VerifyUserAttribute", "Authentication", "AdminCreateUser")
    ]
    assert {event["request"]["type"] for event in texts.events} == {"customSMSSenderRequestV1"}
    codes = [decrypted(wire, event) for event in (*mails.events, *texts.events)]
    assert codes == [message.code for by in ("EMAIL", "SMS") for message in outbox if message.medium == by]
    # "Amazon Cognito sends ClientMetadata … in events with the following trigger sources".
    with_metadata = [event["triggerSource"] for event in mails.events if event["request"]["clientMetadata"]]
    assert with_metadata == ["CustomEmailSender_SignUp", "CustomEmailSender_ForgotPassword"]
    assert all(event["request"]["clientMetadata"] is None for event in texts.events)


async def test_sender_replaces_the_custom_message_for_its_medium_only() -> None:
    mails, texts = RecordingTrigger(), RecordingTrigger(smsMessage="The code is {####}")
    wire = sending(mails, custom_message=texts, auto_verified=("email", "phone_number"))
    await sign_up(wire)
    mail = wire.service.outbox[-1]
    assert not texts.events and (mail.body, mail.subject) == ("", None) and mail.code
    await wire.call("SignUp", Username="bob", Password=PASSWORD, UserAttributes=listed(PHONE))
    assert len(mails.events) == 1 and wire.service.outbox[-1].body.startswith("The code is ")


async def test_failing_sender_is_logged_and_the_call_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "cognito_async.local")
    wire = sending(RecordingTrigger(fails=True))
    assert (await sign_up(wire))["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert wire.service.outbox[-1].code
    [message] = caplog.messages
    assert message.startswith("the trigger custom_email_sender raised PermissionError in test_calls.py, line ")


@pytest.mark.parametrize("returned", [None, {"response": {"nonsense": 1}}, "text", object()])
async def test_what_a_sender_returns_is_ignored(returned: object, caplog: pytest.LogCaptureFixture) -> None:
    async def send(event: dict[str, Any]) -> Any:
        return returned

    wire = sending(send)
    await sign_up(wire)
    assert wire.service.outbox[-1].code and not caplog.messages


async def test_handler_of_a_lambda_function_sends() -> None:
    events: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        events.append((event["triggerSource"], context.function_name))

    wire = Wire(PoolSettings(triggers=Triggers.from_lambda(custom_email_sender=handler)))
    await sign_up(wire)
    assert events == [("CustomEmailSender_SignUp", "local-pool-custom_email_sender")]


async def test_handler_for_all_triggers_does_not_send() -> None:
    triggers = Triggers.from_lambda(lambda event, context: event)
    assert not triggers.has_custom_sender and triggers.custom_message is not None


def test_key_of_a_pool_is_always_the_same_and_can_be_chosen() -> None:
    senders = Triggers(custom_sms_sender=RecordingTrigger())
    arn = PoolSettings(triggers=senders).kms_key_arn
    assert arn == "arn:aws:kms:us-east-1:123456789012:key/28c239fc-6ead-5d6b-bc66-abb760a50471"
    assert PoolSettings(id="eu-west-1_Other", triggers=senders).kms_key_arn not in (None, arn)
    assert PoolSettings(triggers=senders, kms_key_id=KEY).kms_key_arn == KEY
    assert PoolSettings(kms_key_id=KEY).kms_key_arn == KEY and PoolSettings().kms_key_arn is None


@pytest.mark.parametrize("key", ["", "alias/x", "28c239fc-6ead-5d6b-bc66-abb760a50471", KEY.replace("key/", "alias/")])
def test_kms_key_id_must_be_the_arn_of_a_key(key: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="kms_key_id must be the ARN of a KMS key"):
        PoolSettings(kms_key_id=key)


def test_settings_file_names_senders_and_their_key() -> None:
    text = f"""
        [user_pool]
        kms_key_id = "{KEY}"
        [triggers]
        custom_email_sender = "tests.custom_triggers:_custom"
    """
    settings, _ = parse_settings(text)
    assert settings.triggers.custom_email_sender is not None and settings.kms_key_arn == KEY


def test_senders_without_the_sdk_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aws_encryption_sdk", None)
    senders = Triggers(custom_email_sender=RecordingTrigger())
    with pytest.raises(errors.ConfigurationError, match=r"custom senders need an extra: .*\[senders\]'"):
        PoolSettings(triggers=senders)
    assert PoolSettings().kms_key_arn is None


async def test_calls_show_keep_and_remove_senders() -> None:
    wire = sending(RecordingTrigger(), sms=RecordingTrigger())
    shown = (await wire.admin("DescribeUserPool"))["UserPool"]["LambdaConfig"]
    function = "arn:aws:lambda:us-east-1:123456789012:function:local-pool-custom_email_sender"
    assert shown["CustomEmailSender"] == {"LambdaVersion": "V1_0", "LambdaArn": function}
    assert shown["KMSKeyID"] == wire.pool.kms_key_arn and set(shown) == {
        "CustomEmailSender",
        "CustomSMSSender",
        "KMSKeyID",
    }
    kept = {name: shown[name] for name in ("CustomEmailSender", "KMSKeyID")}
    await wire.admin("UpdateUserPool", LambdaConfig=kept)
    assert (await wire.admin("DescribeUserPool"))["UserPool"]["LambdaConfig"] == kept
    await wire.admin("UpdateUserPool")
    assert (await wire.admin("DescribeUserPool"))["UserPool"]["LambdaConfig"] == {}


async def test_calls_cannot_set_other_senders_or_keys() -> None:
    wire = sending(RecordingTrigger())
    shown = (await wire.admin("DescribeUserPool"))["UserPool"]["LambdaConfig"]
    without_key = {"CustomEmailSender": shown["CustomEmailSender"]}
    refused = await wire.admin_refused("UpdateUserPool", LambdaConfig=without_key)
    assert refused == ("InvalidParameterException", "LambdaConfig.KMSKeyID is required for custom senders.")
    for member, value in (
        ("KMSKeyID", KEY),
        ("CustomEmailSender", {"LambdaVersion": "V1_0", "LambdaArn": KEY.replace("kms", "lambda")}),
        ("CustomSMSSender", shown["CustomEmailSender"]),
    ):
        refused = await wire.admin_refused("UpdateUserPool", LambdaConfig={**shown, member: value})
        assert refused[0] == "InvalidParameterException" and refused[1].endswith(f"cannot honor LambdaConfig.{member}.")
