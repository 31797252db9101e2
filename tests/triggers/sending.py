"""A local pool whose mails and SMS are sent by functions, and ways to read and to make their codes."""

from __future__ import annotations

import base64
from typing import Any

from cognito_async._local.accounts.sender_encryption import encrypt
from cognito_async.local import LocalUserPool, PoolSettings, Triggers
from cognito_async.triggers import CustomEmailSender, CustomSMSSender, parse

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = KEY.replace("1111", "9999")


class SendingPool(LocalUserPool):
    """A local pool with a function for all mails and SMS, which records their events."""

    def __init__(self, **settings: Any) -> None:
        self.events: list[CustomEmailSender | CustomSMSSender] = []
        senders = Triggers(custom_email_sender=self._send, custom_sms_sender=self._send)
        super().__init__(PoolSettings(triggers=senders, kms_key_id=KEY, **settings))

    async def _send(self, event: dict[str, Any]) -> None:
        parsed = parse(event)
        assert isinstance(parsed, CustomEmailSender | CustomSMSSender)
        self.events.append(parsed)

    def event(self, code: str, source: str = "CustomEmailSender_SignUp", key: str = KEY) -> CustomEmailSender:
        """Return an event with a code that is encrypted with a key of this service."""
        encrypted = encrypt(code, self.service._state.kms_keys.of(key), self.settings.id)
        return CustomEmailSender.parse(
            {"triggerSource": source, "request": {"type": "customEmailSenderRequestV1", "code": encrypted}}
        )


class SpyingKms:
    """KMS that records what it is asked, and may give another answer."""

    def __init__(self, local: LocalUserPool, **changes: Any) -> None:
        self._kms, self._changes = local.kms, changes
        self.calls: list[dict[str, Any]] = []

    def decrypt(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        return {**self._kms.decrypt(**arguments), **self._changes}


def with_code(event: CustomEmailSender, message: bytes | str) -> CustomEmailSender:
    """Return an event with another code: bytes are put into base64."""
    changed = event.model_copy(deep=True)
    changed.request.code = message if isinstance(message, str) else base64.b64encode(message).decode()
    return changed
