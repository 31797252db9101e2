"""The error that handlers raise, and functions that make its common kinds."""

from __future__ import annotations

UNREADABLE = "SerializationException"


class Refusal(Exception):
    """The service's error with the name `code`. The message is sent to the client, so it must not contain a secret."""

    def __init__(self, code: str, message: str, status_code: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status_code = status_code


def not_authorized(message: str) -> Refusal:
    return Refusal("NotAuthorizedException", message)


def invalid_parameter(message: str) -> Refusal:
    return Refusal("InvalidParameterException", message)


def user_not_found(message: str = "User does not exist.") -> Refusal:
    return Refusal("UserNotFoundException", message)


def user_disabled() -> Refusal:
    return not_authorized("User is disabled.")


def user_not_confirmed() -> Refusal:
    return Refusal("UserNotConfirmedException", "User is not confirmed.")


def password_reset_required() -> Refusal:
    return Refusal("PasswordResetRequiredException", "Password reset required for the user")


def unreadable(message: str = "") -> Refusal:
    """Return the error for a request that cannot be parsed. If it is not JSON, the service gives no reason."""
    return Refusal(UNREADABLE, message)
