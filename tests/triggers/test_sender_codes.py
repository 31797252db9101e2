"""The codes in events of custom senders: decrypted with the AWS Encryption SDK, or refused without showing them."""

from __future__ import annotations

import base64
import gc
import importlib
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cognito_async import errors
from cognito_async.triggers import CustomEmailSender, CustomSMSSender
from tests.leaks.tools import render_by_tools
from tests.sizes import FULL

from .sending import KEY, OTHER_KEY, SendingPool, SpyingKms, with_code
from .served_kms import served

CODE = "864209"
ESCAPED = "&lt;&gt;&amp;&quot;&#39;&#34;&#x27;&copy"
ALTERED = "the code was altered, or it is not a message of the AWS Encryption SDK"


@pytest.mark.anyio
@pytest.mark.parametrize("contact", [{"email": "f@example.com"}, {"phone_number": "+15550100"}])
async def test_sender_reads_the_code_that_confirms_the_user(contact: dict[str, str]) -> None:
    local = SendingPool(auto_verified=("email", "phone_number"))
    pool = local.user_pool()
    await pool.sign_up("alice", "Passw0rd!", attributes=contact)
    code = local.events[0].decrypt_code(kms=local.kms, key_id=KEY)
    assert isinstance(local.events[0], CustomEmailSender if "email" in contact else CustomSMSSender)
    assert code == local.outbox[0].code
    await pool.confirm_sign_up("alice", code)


@pytest.mark.anyio
async def test_temporary_password_is_read_without_its_html_escapes() -> None:
    local, password = SendingPool(), "<&\"'>Aa1&lt;&copy"
    admin = local.user_pool().admin
    await admin.invite_user("bob", attributes={"email": "b@example.com"}, temporary_password=password, by=["EMAIL"])
    assert local.events[0].decrypt_code(kms=local.kms) == password


@pytest.mark.parametrize(
    ("source", "plain"),
    [("CustomEmailSender_AdminCreateUser", "<>&\"'\"'&copy"), ("CustomEmailSender_SignUp", ESCAPED)],
)
def test_only_temporary_passwords_are_unescaped(source: str, plain: str) -> None:
    local = SendingPool()
    assert local.event(ESCAPED, source).decrypt_code(kms=local.kms) == plain


def test_kms_is_asked_for_the_key_and_the_context_of_the_code() -> None:
    local = SendingPool()
    spy = SpyingKms(local)
    assert local.event(CODE).decrypt_code(kms=spy) == CODE
    (call,) = spy.calls
    assert call["KeyId"] == KEY
    assert call["EncryptionContext"].pop("aws-crypto-public-key")
    assert call["EncryptionContext"] == {"userpool-id": local.settings.id}


def test_code_looks_like_those_of_the_service() -> None:
    """The values are those of the code in awslabs/aws-sdk-rust#1250, without the code itself."""
    local = SendingPool()
    code = local.event(CODE).request.code or ""
    message = base64.b64decode(code)
    assert code.startswith("AYADeA"[:5])
    assert message[:4].hex() == "01800378"
    at = message.index(b"userpool-id")
    assert message[22:26].hex() == "00020015" and message[26:47] == b"aws-crypto-public-key" and at > 47
    rest = message[message.index(b"aws-kms") - 4 :]
    assert rest[:4].hex() == "00010007"
    end = message.rindex(bytes.fromhex("02000000000c00001000"))
    # The header's IV and tag, and then one final frame of 6 bytes: its mark, its number, its IV and its length.
    frame = message[end + 10 + 12 + 16 :]
    assert frame[:4].hex() == "ffffffff" and frame[20:24].hex() == "00000006"


def test_code_of_another_key_is_refused_without_asking_kms() -> None:
    local = SendingPool()
    spy = SpyingKms(local)
    with pytest.raises(errors.DecryptionFailed, match="not encrypted with the KMS key that key_id names"):
        local.event(CODE, key=OTHER_KEY).decrypt_code(key_id=KEY, kms=spy)
    assert not spy.calls
    assert local.event(CODE, key=OTHER_KEY).decrypt_code(kms=spy) == CODE


def test_answer_of_another_key_is_refused() -> None:
    local = SendingPool()
    with pytest.raises(errors.DecryptionFailed, match="KMS used another key"):
        local.event(CODE).decrypt_code(kms=SpyingKms(local, KeyId=OTHER_KEY))


def test_altered_messages_are_refused_in_every_region() -> None:
    local = SendingPool()
    event = local.event(CODE)
    message = base64.b64decode(event.request.code or "")
    for at in range(0, len(message), 1 if FULL else 11):
        altered = message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]
        for each in (altered, message[: at or -1]):
            with pytest.raises(errors.DecryptionFailed):
                with_code(event, each).decrypt_code(kms=local.kms)


@pytest.mark.parametrize(
    ("code", "problem"),
    [("AYAD*", "not in base64"), ("AYADé", "not in base64"), ("QUJD", ALTERED), ("AYADeA==", ALTERED)],
)
def test_code_in_another_form_is_refused(code: str, problem: str) -> None:
    local = SendingPool()
    with pytest.raises(errors.DecryptionFailed, match=problem):
        with_code(local.event(CODE), code).decrypt_code(kms=local.kms)


@pytest.mark.parametrize("key_id", ["", "alias/senders", KEY.replace("key/", "alias/"), 7])
def test_key_id_must_be_the_arn_of_a_key(key_id: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="key_id must be the ARN of a KMS key, not of an alias"):
        SendingPool().event(CODE).decrypt_code(key_id=key_id)


def test_kms_must_have_its_method() -> None:
    with pytest.raises(errors.ConfigurationError, match="kms must have the method decrypt"):
        SendingPool().event(CODE).decrypt_code(kms=object())


def test_event_without_a_code_says_so() -> None:
    notice = CustomEmailSender.parse(
        {"triggerSource": "CustomEmailSender_AccountTakeOverNotification", "request": {"code": None}}
    )
    with pytest.raises(errors.ConfigurationError, match="_AccountTakeOverNotification has no code"):
        notice.decrypt_code()


class FailingKms:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def decrypt(self, **arguments: Any) -> Any:
        raise self._error


def test_refusal_of_kms_is_told_by_its_code() -> None:
    refusal = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "role"}}, "Decrypt")
    with pytest.raises(errors.DecryptionFailed, match="KMS refused to decrypt the code: AccessDenied") as caught:
        SendingPool().event(CODE).decrypt_code(kms=FailingKms(refusal))
    assert caught.value.code == "AccessDeniedException"


def test_failure_to_reach_kms_is_told_by_its_class() -> None:
    with pytest.raises(errors.DecryptionFailed, match=r"KMS could not be called to decrypt the code: OSError$"):
        SendingPool().event(CODE).decrypt_code(kms=FailingKms(OSError("a path")))


def test_default_client_calls_the_endpoint_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge is boto3: it signs the request, and reads the reply and the error."""
    local = SendingPool()
    with served(local.service) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", local.credentials.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", local.credentials.secret_access_key)
        assert local.event(CODE).decrypt_code(key_id=KEY) == CODE
        with pytest.raises(errors.DecryptionFailed, match="NotFoundException"):
            SendingPool().event(CODE, key=OTHER_KEY).decrypt_code()


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    event = SendingPool().event(CODE)
    importlib.import_module("cognito_async._triggers.sender_keys")
    monkeypatch.delitem(sys.modules, "cognito_async._triggers.sender_keys")
    monkeypatch.setitem(sys.modules, "aws_encryption_sdk", None)
    with pytest.raises(errors.ConfigurationError, match=r"pip install 'cognito-async\[senders\]'"):
        event.decrypt_code()


def test_refused_message_leaves_nothing_behind(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's own client logs an error, and its object fails again when it is collected (shown from 3.13 on)."""
    unraisable: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", unraisable.append)
    local = SendingPool()
    event = local.event("123456")
    with pytest.raises(errors.DecryptionFailed):
        with_code(event, (event.request.code or "")[:-8]).decrypt_code(kms=local.kms)
    gc.collect()
    assert (unraisable, caplog.messages) == ([], [])


def test_neither_logs_nor_failures_show_the_code(caplog: pytest.LogCaptureFixture) -> None:
    local, password = SendingPool(), "Marker-of-a-Passw0rd"
    caplog.set_level(logging.DEBUG)
    event = local.event(password, "CustomEmailSender_AdminCreateUser")
    assert event.decrypt_code(kms=local.kms) == password
    encrypted = event.request.code or ""
    failures: list[Callable[[], str]] = [
        lambda: event.decrypt_code(kms=SpyingKms(local, KeyId=OTHER_KEY)),
        lambda: event.decrypt_code(kms=SpyingKms(local, Plaintext=b"Marker")),
        lambda: with_code(event, encrypted[:-8]).decrypt_code(kms=local.kms),
        lambda: with_code(event, encrypted + "*").decrypt_code(kms=local.kms),
    ]
    for fail in failures:
        with pytest.raises(errors.DecryptionFailed) as caught:
            fail()
        shown = "\n".join(output for _, output in render_by_tools(caught.value))
        assert not [each for each in ("Marker", encrypted[:20], encrypted[100:120]) if each in shown + caplog.text]
    assert "Marker" not in repr(event) and encrypted[:20] not in repr(event)
