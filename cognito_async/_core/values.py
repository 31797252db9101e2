"""Field types of the generated models for values without a JSON type: times and bytes."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer


def _timestamp(time: datetime) -> float:
    return time.timestamp()


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None


# Seconds since 1970 in JSON. A datetime without a time zone is refused, because it is ambiguous.
Timestamp = Annotated[AwareDatetime, PlainSerializer(_timestamp, return_type=float, when_used="json")]

# Base64 in JSON. Therefore a `str` is decoded.
Blob = Annotated[bytes, BeforeValidator(_decode), PlainSerializer(_encode, return_type=str, when_used="json")]
