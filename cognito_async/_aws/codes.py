"""Groups of error codes, from any service or emulator, that this package treats alike."""

from __future__ import annotations

from .._core.errors import ServiceError, UnknownServiceError

# Codes that are never retried, whatever the HTTP status: more calls prolong a limit on one user, and an unsupported
# operation stays unsupported. LimitExceededException is here although AWS's general list of throttling codes contains
# it.
NEVER_REPEATED = frozenset(
    {
        "LimitExceededException",
        "NotAuthorizedException",
        "TooManyFailedAttemptsException",
        "UnsupportedOperationException",
    }
)
THROTTLED = frozenset(
    {
        "TooManyRequestsException",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "SlowDown",
    }
)
INTERNAL = frozenset({"InternalErrorException", "InternalServerException"})
# The codes with which a server refuses an operation that it does not have.
UNKNOWN_OPERATION = frozenset(
    {
        "UnknownOperationException",  # the service, Floci, local-web-services
        "UnknownOperation",
        "InvalidAction",  # MiniStack, fakecloud, kumo
        "NotImplemented",
        "Unsupported",  # cognito-local
        "UnsupportedOperation",  # Floci
    }
)
# The status of a server that does not have the operation, whatever the code: "InternalFailure" at LocalStack.
_NOT_IMPLEMENTED = 501


def is_unknown_operation(error: ServiceError) -> bool:
    """Return whether the error means that the server does not have the operation."""
    if error.code in UNKNOWN_OPERATION or error.status_code == _NOT_IMPLEMENTED:
        return True
    return isinstance(error, UnknownServiceError) and error.is_page_of_emulator


def is_temporary(error: Exception) -> bool:
    """Return whether the service refuses all callers at present, because it throttles or has an internal error."""
    if not isinstance(error, ServiceError) or is_unknown_operation(error):
        return False
    return error.code in THROTTLED or error.code in INTERNAL or (error.status_code or 0) >= 500
