"""The check of each reply that boto3 gets, as a handler of botocore's event `before-parse`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.declared import check


def check_reply(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    check(operation_model, response_dict["status_code"], response_dict["body"])
