"""Checks that a reply fits botocore's model of the service: its members, and the errors that an operation declares.

They are strict: botocore itself ignores unknown members.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

# Errors that every operation may return, although the model does not declare them for it.
_COMMON = frozenset(
    {
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "RequestEntityTooLargeException",
        "SerializationException",
        "UnknownOperationException",
        "UnrecognizedClientException",
    }
)


@functools.cache
def service_model() -> Any:
    """Return botocore's model of user pools. It is loaded once, because that takes a while."""
    return botocore.session.get_session().get_service_model("cognito-idp")


def check(operation_model: Any, status_code: int, body: bytes) -> None:
    """Check that a reply has only declared members, and that an error is declared for the operation."""
    reply, shape = json.loads(body or b"{}"), operation_model.output_shape
    if status_code >= 300:
        declared = {each.name for each in operation_model.error_shapes}
        assert reply["__type"] in declared | _COMMON, f"{operation_model.name} does not declare {reply['__type']}"
        return
    if shape is None:
        assert reply == {}, f"the reply to {operation_model.name} must be empty"
        return
    report = ParamValidator().validate(reply, shape)
    assert not report.has_errors(), f"{operation_model.name}: {report.generate_report()}"


def check_parsed_reply(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    """Check a reply that boto3 gets, as a handler of botocore's event `before-parse`."""
    check(operation_model, response_dict["status_code"], response_dict["body"])
