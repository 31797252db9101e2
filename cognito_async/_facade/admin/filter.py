"""The filter expressions of ListUsers, with the caller's values quoted so that they cannot change the filter."""

from __future__ import annotations

import re

from ..._core import checks
from ..._core.errors import ConfigurationError

_ATTRIBUTE = re.compile(r"[A-Za-z][\w:]*", re.ASCII)


def filter_text(attribute: str | None, equals: str | None, starts_with: str | None) -> str | None:
    r"""Return a filter such as `email ^= "alice@"`; `None` if no argument is given, which lists all users.

    Raises:
        ConfigurationError: if an argument is missing: a filter needs `attribute`, and either `equals` or `starts_with`.
    """
    if attribute is None and equals is None and starts_with is None:
        return None
    if attribute is None or (equals is None) == (starts_with is None):
        raise ConfigurationError("users takes an attribute with either equals= or starts_with=, or no filter at all")
    if not _ATTRIBUTE.fullmatch(checks.text(attribute, "attribute")):
        raise ConfigurationError(f"attribute must be an attribute name, not {attribute[:64]!r}")
    operator, name, value = ("=", "equals", equals) if equals is not None else ("^=", "starts_with", starts_with)
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a str, not {type(value).__name__}")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{attribute} {operator} "{escaped}"'
