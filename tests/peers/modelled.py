"""Holds replies against botocore's model of the service, which passes over what it does not know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .running import module

# What every operation may answer beside the errors of its own.
_COMMON = frozenset({"InvalidSignatureException", "UnknownOperationException", "UnrecognizedClientException"})


def check_reply(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    """For botocore's event `before-parse`: a reply has its members and no others, an error is a declared one."""
    reply, shape = json.loads(response_dict["body"] or b"{}"), operation_model.output_shape
    if response_dict["status_code"] >= 300:
        declared = {shape.name for shape in operation_model.error_shapes}
        assert reply["__type"] in declared | _COMMON, f"{operation_model.name} does not declare {reply['__type']}"
        return
    if shape is None:
        assert reply == {}, f"{operation_model.name} answers nothing"
        return
    report = module("botocore.validate").ParamValidator().validate(reply, shape)
    assert not report.has_errors(), f"{operation_model.name}: {report.generate_report()}"
