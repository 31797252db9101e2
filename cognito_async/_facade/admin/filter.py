"""The filter language of ListUsers, so that no text of a caller is ever taken for a part of it."""

from __future__ import annotations

import re

from ..._core import checks
from ..._core.errors import ConfigurationError

_ATTRIBUTE = re.compile(r"[A-Za-z][\w:]*", re.ASCII)


def filter_text(attribute: str | None, equals: str | None, starts_with: str | None) -> str | None:
    r"""A filter such as `email ^= "alice@"`; `None` for everybody.

    Raises:
        ConfigurationError: when it is not an attribute and one of the two texts.
    """
    if attribute is None and equals is None and starts_with is None:
        return None
    if attribute is None or (equals is None) == (starts_with is None):
        raise ConfigurationError("users takes an attribute with either equals= or starts_with=, or none of them")
    if not _ATTRIBUTE.fullmatch(checks.text(attribute, "attribute")):
        raise ConfigurationError(f"attribute: {attribute[:64]!r} is no name of an attribute")
    operator, name, value = ("=", "equals", equals) if equals is not None else ("^=", "starts_with", starts_with)
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a text, not {type(value).__name__}")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{attribute} {operator} "{escaped}"'
