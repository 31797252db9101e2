"""The events for messages to users: one for Cognito's messages, and two for functions that send messages themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from .._core.errors import ConfigurationError
from .._core.redact import mask
from .event import NoResponse, TriggerEvent
from .members import Members, Strings
from .sender_codes import decrypt_code, unescape

_PURPOSES = (
    "SignUp",
    "AdminCreateUser",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "Authentication",
)


class CustomMessageRequest(Members):
    """The user, and the placeholders that stand for the code, the username and the link in a text."""

    user_attributes: Strings = Field(default_factory=dict)
    code_parameter: str | None = None
    link_parameter: str | None = None
    username_parameter: str | None = None
    client_metadata: Strings = Field(default_factory=dict, repr=False)


class CustomMessageResponse(Members):
    """The texts. For one that is `None`, Cognito takes the text of the pool."""

    sms_message: str | None = None
    email_message: str | None = None
    email_subject: str | None = None


class CustomMessage(TriggerEvent):
    """The event before Cognito sends a message: the function may write the texts.

    Source: "Custom message Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "CustomMessage"
    sources: ClassVar[tuple[str, ...]] = tuple(f"CustomMessage_{purpose}" for purpose in _PURPOSES)

    request: CustomMessageRequest = Field(default_factory=CustomMessageRequest)
    response: CustomMessageResponse = Field(default_factory=CustomMessageResponse)

    def write(self, *, email: str | None = None, subject: str | None = None, sms: str | None = None) -> dict[str, Any]:
        """Set the texts, and return the event for Cognito.

        Args:
            email: the body of a mail, of up to 20,000 characters, with `request.code_parameter` where the code goes.
            subject: the subject of a mail, of up to 140 characters.
            sms: the text of an SMS, of up to 140 characters, with `request.code_parameter`.

        A text of an invitation also needs `request.username_parameter`.
        """
        self.response.email_message = email
        self.response.email_subject = subject
        self.response.sms_message = sms
        return self.to_dict()


class CustomSenderRequest(Members):
    """The user, and the encrypted code or temporary password to send."""

    type: str | None = None
    code: str | None = Field(default=None, repr=False)
    # The attributes of an AccountTakeOverNotification include a token and links that need no sign-in.
    user_attributes: Strings = Field(default_factory=dict, repr=False)
    client_metadata: Strings = Field(default_factory=dict, repr=False)


class CustomSender(TriggerEvent):
    """The base of the events when the function has to send a message."""

    request: CustomSenderRequest = Field(default_factory=CustomSenderRequest)
    response: NoResponse = Field(default_factory=NoResponse)

    def decrypt_code(self, *, key_id: str | None = None, kms: Any = None) -> str:
        """Return the code, or the temporary password of a new user, to send it to the user. This blocks.

        In an async function, run it in a thread: `await anyio.to_thread.run_sync(event.decrypt_code)`. It needs the
        extra `senders`, and a role that may call `kms:Decrypt`. The environment variable `AWS_ENDPOINT_URL_KMS` names
        another KMS, such as the one of a local pool.

        Args:
            key_id: the ARN of the KMS key of the user pool. A code that was encrypted with another key is then refused;
                by default, every key is accepted that KMS lets the function use.
            kms: boto3's client of KMS, or another object with its method `decrypt`; by default, a new client for the
                region of the key.

        Raises:
            ConfigurationError: if an argument is invalid, if the extra is not installed, or if the event has no code.
            DecryptionFailed: if the code was altered, if it was encrypted with another key, or if KMS refuses. The text
                contains no part of the code.

        Source: "Custom sender Lambda triggers" in Amazon's guide.
        """
        if self.request.code is None:
            raise ConfigurationError(f"an event {self.trigger_source} has no code")
        # A variable of its own, because tools show what an expression in the line of a traceback yields.
        code = mask(self.request.code)
        text = decrypt_code(code, key_id=key_id, kms=kms)
        return unescape(text) if self.trigger_source.endswith("_AdminCreateUser") else text


class CustomEmailSender(CustomSender):
    """The event when the function has to send a mail. Cognito sends none, and ignores what the function returns.

    Source: "Custom email sender Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "CustomEmailSender"
    sources: ClassVar[tuple[str, ...]] = (
        *(f"CustomEmailSender_{purpose}" for purpose in _PURPOSES),
        "CustomEmailSender_AccountTakeOverNotification",
    )


class CustomSMSSender(CustomSender):
    """The event when the function has to send an SMS. Cognito sends none, and ignores what the function returns.

    Source: "Custom SMS sender Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "CustomSMSSender"
    sources: ClassVar[tuple[str, ...]] = tuple(f"CustomSMSSender_{purpose}" for purpose in _PURPOSES)
