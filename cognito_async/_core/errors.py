"""The hand-written classes of the error tree. The service's own errors are generated from its model.

An error never contains a secret. Therefore this library replaces errors of other libraries by its own, `from None`: an
httpx exception holds the request with the password in it, and a `UnicodeEncodeError` holds the string that it could
not encode.
"""

from __future__ import annotations

from typing import Any, TypeVar

_FACTS = (
    "code",
    "status_code",
    "request_id",
    "operation",
    "retry_after",
    "trigger",
    "reason_code",
    "reason",
    "required",
)


class CognitoError(Exception):
    """The base of all errors of this library. Catch it to handle any failure in one place.

    Attributes (each exists on every error; all but `message` are `None` if they do not apply):
        message: the failure and, if there is one, the remedy.
        code: the service's name of the error, such as `"NotAuthorizedException"`.
        status_code: the HTTP status of the reply.
        request_id: the service's `x-amzn-requestid`, to quote to AWS support.
        operation: the operation that was called, such as `"InitiateAuth"`.
        retry_after: seconds to wait before you repeat the call, from the reply's `Retry-After` header.
        trigger: the Lambda trigger that refused the call, such as `"PreSignUp"`.
        reason_code: the reason for an `InvalidParameterException`, as a code: `reasonCode` of the reply.
        reason: the reason for which a token was refused, as a word, such as `"expired"`; see `InvalidToken`.
        required: what the token lacks: all these scopes, one of these groups, or one of these levels of authentication.
    """

    message: str
    code: str | None = None
    status_code: int | None = None
    request_id: str | None = None
    operation: str | None = None
    retry_after: float | None = None
    trigger: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    required: tuple[str, ...] | None = None
    # Internal: true if the call was sent before this error's attempt, and its reply was lost. So it may have taken
    # effect, although this error says that it failed.
    reply_was_lost = False

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
        reason: str | None = None,
        required: tuple[str, ...] | None = None,
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
        self.reason = reason if reason is not None else type(self).reason
        self.required = required

    def __str__(self) -> str:
        details = [f"operation {self.operation}"] if self.operation else []
        if self.request_id:
            details.append(f"request id {self.request_id}")
        text = self.message or self.code or type(self).__name__
        return f"{text} ({', '.join(details)})" if details else text

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, {name: getattr(self, name) for name in _FACTS})


def _rebuild(cls: type[CognitoError], message: str, facts: dict[str, Any]) -> CognitoError:
    return cls(message, **facts)


ErrorT = TypeVar("ErrorT", bound=CognitoError)


def convert_error(error: CognitoError, kind: type[ErrorT], message: str) -> ErrorT:
    """Return an error of class `kind` with the attributes of this one and a new message, which names the remedy."""
    return kind(message, **{name: getattr(error, name) for name in _FACTS})


class ConfigurationError(CognitoError, ValueError):
    """Raised before anything is sent, if an argument is invalid. The message names the argument."""


class CredentialsError(CognitoError):
    """Raised when an operation must be signed and no usable AWS credentials were passed or found."""


class TransportError(CognitoError):
    """Base of the errors on the way between this program and the service: no valid reply arrived."""


class ConnectFailed(TransportError):
    """Raised when no connection could be opened. Nothing was sent, and you can repeat the call."""


class CallTimeout(TransportError):
    """Raised when no reply arrived within `timeout` seconds, retries included."""


class InvalidReply(TransportError):
    """Raised when the reply is not a valid one of the service: it is not JSON, lacks a part or is far too long."""


class OutcomeUnknown(TransportError):
    """Raised when a call was sent, its reply was lost, and repeating it could do harm.

    Such a call sends a message, creates something, or spends a single-use `Session` or code. The library cannot know
    whether the service carried it out. Find out before you repeat it: after a sign-up, for example, sign in or request
    a new code.
    """


class KeysUnavailable(TransportError):
    """Raised when a token cannot be verified, because the user pool's keys cannot be fetched, or are not there yet.

    The token may be valid or not, so answer 503 and not 401. `retry_after` says in how many seconds the keys may be
    fetched again.
    """


class StoreError(CognitoError):
    """Raised when the store of a session cannot be read or written, or does not reply in time.

    The session itself stays valid, and you can repeat the call.
    """


class DecryptionFailed(CognitoError):
    """Raised when the code in an event of a custom sender cannot be decrypted.

    `code` is the name of KMS's error, such as `"AccessDeniedException"`, if KMS has refused.
    """


class ServiceError(CognitoError):
    """Base of the errors in the service's replies. The subclasses have the service's names."""


class UnknownServiceError(ServiceError):
    """Raised for an error code that this version does not know; `.code` holds it unchanged."""

    # Internal: true if a server other than AWS's has replied with status 500 and a page in HTML. moto replies like this
    # if it lacks the operation.
    is_page_of_emulator = False


class ChallengeError(CognitoError):
    """Base of the errors that this library raises itself while it answers a challenge."""


class UnexpectedChallenge(ChallengeError):
    """Raised when the service asks for a step that cannot follow the previous ones, or that this program cannot do.

    For example, the service asks for the proof of a remembered device whose secret this program does not have.
    """


class SrpError(ChallengeError):
    """Raised when the values of an SRP handshake are malformed or unsafe. No proof was sent."""


class SessionError(CognitoError):
    """Base of the errors of users without a usable session."""


class NotSignedIn(SessionError):
    """Raised when a call needs tokens and this user has none."""


class NoCurrentUser(SessionError):
    """Raised by `Auth` when a call needs the current user, and no user is signed in."""


class SessionExpired(SessionError):
    """Raised when the session has ended, or when its tokens can no longer be refreshed. Sign in again.

    A session ends if it is revoked, or if its user is disabled or deleted. The first call that the service then refuses
    raises this error. It also removes the session from memory and from the store, so that further calls raise
    `NotSignedIn` or `NoCurrentUser`.
    """
