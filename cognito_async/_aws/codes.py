"""Groups of error codes that are treated alike, from any service or emulator."""

from __future__ import annotations

from .._core.errors import ServiceError

# Never retry these: more calls prolong a per-user limit (AWS's generic throttling list contains the first code),
# and a missing feature stays missing, whatever the status.
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
