"""The events for messages to users: one for Cognito's messages, and two for functions that send messages themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from .event import NoResponse, TriggerEvent
from .members import Members, Strings

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


class CustomEmailSender(TriggerEvent):
    """The event when the function has to send a mail. Cognito sends none, and ignores what the function returns.

    Source: "Custom email sender Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "CustomEmailSender"
    sources: ClassVar[tuple[str, ...]] = (
        *(f"CustomEmailSender_{purpose}" for purpose in _PURPOSES),
        "CustomEmailSender_AccountTakeOverNotification",
    )

    request: CustomSenderRequest = Field(default_factory=CustomSenderRequest)
    response: NoResponse = Field(default_factory=NoResponse)


class CustomSMSSender(TriggerEvent):
    """The event when the function has to send an SMS. Cognito sends none, and ignores what the function returns.

    Source: "Custom SMS sender Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "CustomSMSSender"
    sources: ClassVar[tuple[str, ...]] = tuple(f"CustomSMSSender_{purpose}" for purpose in _PURPOSES)

    request: CustomSenderRequest = Field(default_factory=CustomSenderRequest)
    response: NoResponse = Field(default_factory=NoResponse)
