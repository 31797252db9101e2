"""Checks that replies fit botocore's model of the service. They are strict: botocore itself ignores unknown members."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .running import module

# Errors that every operation may return, although the model does not declare them for it.
_COMMON = frozenset({"InvalidSignatureException", "UnknownOperationException", "UnrecognizedClientException"})


def check_reply(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    """Check that a reply has only declared members, and that an error is declared for the operation.

    botocore calls this for the event `before-parse`.
    """
    reply, shape = json.loads(response_dict["body"] or b"{}"), operation_model.output_shape
    if response_dict["status_code"] >= 300:
        declared = {shape.name for shape in operation_model.error_shapes}
        assert reply["__type"] in declared | _COMMON, f"{operation_model.name} does not declare {reply['__type']}"
        return
    if shape is None:
        assert reply == {}, f"the reply to {operation_model.name} must be empty"
        return
    report = module("botocore.validate").ParamValidator().validate(reply, shape)
    assert not report.has_errors(), f"{operation_model.name}: {report.generate_report()}"
