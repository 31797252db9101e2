"""Calls of the custom senders: functions that send mails or SMS instead of the pool.

Like the service ("Custom sender Lambda triggers" in Amazon's guide), the pool calls the function "instead of its
default behavior", and ignores its failures, because the service does not wait for it. This pool does not call the
custom message trigger for such a message, because nobody would read its texts; no source says whether the service does.
It never fires `CustomEmailSender_AccountTakeOverNotification`, because it has no threat protection.
"""

from __future__ import annotations

from typing import Final

from ..._triggers.messages import CustomEmailSender, CustomSenderRequest, CustomSMSSender
from ..settings.pool import PoolSettings
from ..state.attributes import trigger_attributes
from ..state.callers import Caller
from ..state.entities import User
from ..state.service_state import ServiceState
from ..state.trigger_events import MessageSource
from ..triggers.calls import notify
from .message_texts import Medium

_INVITATION: Final = "AdminCreateUser"
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
# "Amazon Cognito sends ClientMetadata to custom email trigger functions in events with the following trigger sources".
_WITH_METADATA: Final = frozenset({"SignUp", "ForgotPassword", "Authentication"})


def has_sender(settings: PoolSettings, medium: Medium) -> bool:
    """Return whether a function sends the messages of this medium."""
    triggers = settings.triggers
    return (triggers.custom_email_sender if medium == "EMAIL" else triggers.custom_sms_sender) is not None


async def call_sender(
    state: ServiceState, caller: Caller, user: User, medium: Medium, source: MessageSource, code: str
) -> None:
    """Call the function that sends a message. `source` is the one for the custom message trigger."""
    # Importing the encryption imports the AWS Encryption SDK, which only pools with a custom sender need.
    from .sender_encryption import encrypt  # noqa: PLC0415

    kind = CustomEmailSender if medium == "EMAIL" else CustomSMSSender
    settings, purpose = caller.pool.settings, source.partition("_")[2]
    # "Amazon Cognito HTML-escapes reserved characters" in temporary passwords.
    text = code.translate(_ESCAPES) if purpose == _INVITATION else code
    key = state.kms_keys.of(settings.kms_key_arn or "")
    request = CustomSenderRequest(
        type=f"{kind.trigger[0].lower()}{kind.trigger[1:]}RequestV1",
        code=encrypt(text, key, settings.id),
        client_metadata=caller.metadata if purpose in _WITH_METADATA else {},
        user_attributes=trigger_attributes(user),
    )
    event = kind(user_name=user.username, trigger_source=f"{kind.trigger}_{purpose}", request=request)
    await notify(state, caller.origin, event)
