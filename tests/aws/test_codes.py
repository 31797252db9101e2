"""The table of error codes: some are never retried, whatever the status of the reply."""

from __future__ import annotations

import pytest

from cognito_async._aws.codes import is_temporary, is_unknown_operation
from cognito_async._aws.retry import may_repeat
from cognito_async._aws.rpc import Effect, RpcRequest
from cognito_async._core.errors import ServiceError

GET_USER = RpcRequest("GetUser", b"{}", Effect.REPEATABLE)


@pytest.mark.parametrize("status", [400, 429, 500, 503])
@pytest.mark.parametrize(
    "code",
    [
        "LimitExceededException",
        "NotAuthorizedException",
        "TooManyFailedAttemptsException",
        "UnsupportedOperationException",
        "UserLambdaValidationException",
    ],
)
def test_refusal_is_never_retried(code: str, status: int) -> None:
    assert not may_repeat(GET_USER, ServiceError(code=code, status_code=status))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_other_codes_are_retried_because_of_their_status(status: int) -> None:
    assert may_repeat(GET_USER, ServiceError(code="Other", status_code=status))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ServiceError(code="TooManyRequestsException", status_code=400), True),
        (ServiceError(code="InternalErrorException", status_code=500), True),
        (ServiceError(code="Other", status_code=503), True),
        (ServiceError(code="Other", status_code=400), False),
        (ServiceError(code="InternalFailure", status_code=501), False),
        (ServiceError(code="Unsupported", status_code=500), False),
        (ValueError(), False),
    ],
)
def test_missing_operation_is_no_temporary_failure(error: Exception, expected: bool) -> None:
    assert is_temporary(error) is expected
    assert not (isinstance(error, ServiceError) and expected and is_unknown_operation(error))
