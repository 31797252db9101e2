"""Error codes that are treated alike, wherever they come from."""

from __future__ import annotations

from .._core.errors import ServiceError

# A per-user limit only gets worse by repeating (the generic AWS list of throttling codes has the first one),
# and a pool without a feature has it as little the next time, whatever the status says.
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
# How the service and the known emulators say that they do not have an operation.
UNKNOWN_OPERATION = frozenset({"UnknownOperationException", "InvalidAction", "NotImplemented", "Unsupported"})


def is_passing(error: Exception) -> bool:
    """Whether the service says that it cannot answer anybody just now: throttled, or an error of its own."""
    if not isinstance(error, ServiceError):
        return False
    return error.code in THROTTLED or error.code in INTERNAL or (error.status_code or 0) >= 500
