"""The values that an attribute of users can have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ..settings.schema import Attribute


def problem(attribute: Attribute, value: str) -> str | None:
    """Return why an attribute cannot have this value, or `None` if it can.

    The texts about the length of a string are the service's. The other texts are ours, as are the forms of a number, a
    time and a Boolean, because AWS does not document them.
    """
    match attribute.type:
        case "String":
            return _text_problem(attribute, value)
        case "Number":
            return _number_problem(attribute, value)
        case "DateTime":
            return None if _is_time(value) else "Attribute value is not a date and time."
        case _:  # Boolean
            return None if value.lower() in ("true", "false") else "Attribute value is not true or false."


def is_verified(attributes: Mapping[str, str], contact: str) -> bool:
    """Return whether a contact is marked as verified."""
    return attributes.get(f"{contact}_verified") == "true"


def is_email(text: str) -> bool:
    return re.fullmatch(r"[^\s@]+@[^\s@]+", text) is not None


def is_phone_number(text: str) -> bool:
    return re.fullmatch(r"\+[0-9]{1,15}", text) is not None


def _text_problem(attribute: Attribute, value: str) -> str | None:
    if attribute.minimum is not None and len(value) < attribute.minimum:
        return f"String must be no shorter than {attribute.minimum} characters"
    if attribute.maximum is not None and len(value) > attribute.maximum:
        return f"String must be no longer than {attribute.maximum} characters"
    return None


def _number_problem(attribute: Attribute, value: str) -> str | None:
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value, re.ASCII):
        return "Attribute value is not a number."
    number = Decimal(value)
    if attribute.minimum is not None and number < attribute.minimum:
        return f"Number must be no less than {attribute.minimum}"
    if attribute.maximum is not None and number > attribute.maximum:
        return f"Number must be no greater than {attribute.maximum}"
    return None


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
