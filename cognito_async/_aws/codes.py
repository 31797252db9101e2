"""Groups of error codes, from any service or emulator, that this package treats alike."""

from __future__ import annotations

from .._core.errors import ServiceError

# Codes that are never retried, whatever the HTTP status: more calls prolong a limit on one user, and an unsupported
# operation stays unsupported. The first code is here although AWS's general list of throttling codes contains it.
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
# The codes with which the service and the known emulators refuse an unknown operation.
UNKNOWN_OPERATION = frozenset({"UnknownOperationException", "InvalidAction", "NotImplemented", "Unsupported"})


def is_temporary(error: Exception) -> bool:
    """Return whether the service refuses all callers at present, because it throttles or has an internal error."""
    if not isinstance(error, ServiceError):
        return False
    return error.code in THROTTLED or error.code in INTERNAL or (error.status_code or 0) >= 500
