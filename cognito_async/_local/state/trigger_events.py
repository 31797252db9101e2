"""What the pool's events have in common: where they come from, their sources, and the placeholders in texts.

The events are those of `cognito_async.triggers`. Others have published events of the service, which show the members of
each event and which of them are null: localstack/localstack#2893, #2964, #9349, #10739 and #11687,
aws-powertools/powertools-lambda-typescript#3729, and DefinitelyTyped/DefinitelyTyped#62357 for messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

SignUpSource = Literal["PreSignUp_SignUp", "PreSignUp_AdminCreateUser"]
ConfirmationSource = Literal["PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"]
TokenSource = Literal[
    "TokenGeneration_Authentication",
    "TokenGeneration_NewPasswordChallenge",
    "TokenGeneration_AuthenticateDevice",
    "TokenGeneration_RefreshTokens",
]
MessageSource = Literal[
    "CustomMessage_SignUp",
    "CustomMessage_AdminCreateUser",
    "CustomMessage_ResendCode",
    "CustomMessage_ForgotPassword",
    "CustomMessage_UpdateUserAttribute",
    "CustomMessage_VerifyUserAttribute",
    "CustomMessage_Authentication",
]
# The placeholders in the texts of messages.
CODE: Final = "{####}"
LINK: Final = "{##Click Here##}"
USERNAME: Final = "{username}"


@dataclass(frozen=True, slots=True)
class Origin:
    """The user pool of an event, and the app client that made the call."""

    user_pool_id: str
    client_id: str
