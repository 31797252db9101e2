"""The hand-written bases of the error tree; the service's own errors are generated from its model.

One rule holds for all of them: an error carries facts, never a secret. What a lower layer raised is
raised anew `from None` at the seam, because an httpx exception keeps the request with the password
in it and a `UnicodeEncodeError` keeps the text that it could not encode.
"""

from __future__ import annotations

from typing import Any, TypeVar

_FACTS = ("code", "status_code", "request_id", "operation", "retry_after", "trigger", "reason_code")


class CognitoError(Exception):
    """Catch this when any failure of this library should be handled in one place.

    Attributes (each exists on every error, and is `None` where it does not apply):
        message: what happened and, where something can be done, what to do.
        code: the service's name of the error, such as `"NotAuthorizedException"`.
        status_code: the HTTP status of the reply.
        request_id: the service's `x-amzn-requestid`, to quote to AWS support.
        operation: the operation that was called, such as `"InitiateAuth"`.
        retry_after: seconds that the service asked to wait.
        trigger: the Lambda trigger that refused, such as `"PreSignUp"`.
        reason_code: `reasonCode` of an `InvalidParameterException`.
    """

    message: str
    code: str | None = None
    status_code: int | None = None
    request_id: str | None = None
    operation: str | None = None
    retry_after: float | None = None
    trigger: str | None = None
    reason_code: str | None = None

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        operation: str | None = None,
        retry_after: float | None = None,
        trigger: str | None = None,
        reason_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code if code is not None else type(self).code
        self.status_code = status_code
        self.request_id = request_id
        self.operation = operation
        self.retry_after = retry_after
        self.trigger = trigger
        self.reason_code = reason_code

    def __str__(self) -> str:
        where = [f"operation {self.operation}"] if self.operation else []
        if self.request_id:
            where.append(f"request id {self.request_id}")
        text = self.message or self.code or type(self).__name__
        return f"{text} ({', '.join(where)})" if where else text

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, {name: getattr(self, name) for name in _FACTS})


def _rebuild(cls: type[CognitoError], message: str, facts: dict[str, Any]) -> CognitoError:
    return cls(message, **facts)


ErrorT = TypeVar("ErrorT", bound=CognitoError)


def convert_error(error: CognitoError, kind: type[ErrorT], message: str) -> ErrorT:
    """The facts of an error in one of this kind, with a message that says what to do."""
    return kind(message, **{name: getattr(error, name) for name in _FACTS})


class ConfigurationError(CognitoError, ValueError):
    """Raised before anything is sent, when an argument cannot be right; the message says which."""


class CredentialsError(CognitoError):
    """Raised when an operation must be signed and no usable AWS credentials were given or found."""


class TransportError(CognitoError):
    """Base of the failures on the way to the service and back; the service itself said nothing."""


class ConnectFailed(TransportError):
    """Raised when no connection could be made: nothing was sent, and the call may be made again."""


class CallTimeout(TransportError):
    """Raised when `timeout` seconds were over before an answer came, all attempts included."""


class InvalidReply(TransportError):
    """Raised when something answered that is not the service: no JSON, cut short, or far too long."""


class OutcomeUnknown(TransportError):
    """Raised when a call was sent, its reply was lost, and repeating it could do harm.

    The call sends a message or spends a single-use `Session`, so it may or may not have taken
    effect. Look (for a sign-up: sign in or ask for a new code) before you repeat it.
    """


class StoreError(CognitoError):
    """Raised when the store that keeps a session could not be read or written, or did not answer in time.

    It says nothing about the session, which stands: the call may be made again.
    """


class ServiceError(CognitoError):
    """Base of everything that the service answers as an error, under the service's own names."""


class UnknownServiceError(ServiceError):
    """Raised for an error code that this version does not know; `.code` has it as it came."""


class ChallengeError(CognitoError):
    """Base of the failures in answering a challenge that are not the service's words."""


class UnexpectedChallenge(ChallengeError):
    """Raised when the service asks for a step that cannot follow the steps taken so far, or cannot be taken here:
    to prove to be a remembered device that this program is not, or is not any more.
    """


class SrpError(ChallengeError):
    """Raised when the values of an SRP handshake are malformed or unsafe; no proof was sent."""


class SessionError(CognitoError):
    """Base of the errors that mean: there is no usable session."""


class NotSignedIn(SessionError):
    """Raised when a call needs tokens and this user has none."""


class NoCurrentUser(SessionError):
    """Raised by `Auth` when a call needs the current user and nobody is signed in."""


class SessionExpired(SessionError):
    """Raised when the service ended the session: sign in again."""
