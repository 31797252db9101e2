"""The texts of Cognito's messages."""

from typing import Any

from cognito_async.triggers import CustomMessage


def custom_message(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Write our own texts for two messages. The others stay as they are in the user pool."""
    message = CustomMessage.parse(event)
    code = message.request.code_parameter
    match message.trigger_source:
        case "CustomMessage_SignUp" | "CustomMessage_ResendCode":
            return message.write(subject="Welcome to the shop", email=f"Your code is {code}.")
        case "CustomMessage_ForgotPassword":
            return message.write(subject="A new password", email=f"To choose a new password, enter {code}.")
    return message.to_dict()
