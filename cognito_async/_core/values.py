"""Values that JSON has no type for, as the service writes them: for the generated models."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _data(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None


# Seconds since 1970 on the wire; a datetime without a time zone is refused, because it names no moment.
Timestamp = Annotated[AwareDatetime, PlainSerializer(_seconds, return_type=float, when_used="json")]

# Base64 on the wire, so a text is read as base64.
Blob = Annotated[bytes, BeforeValidator(_data), PlainSerializer(_text, return_type=str, when_used="json")]
