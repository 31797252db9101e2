"""Checks of arguments before anything is sent: whether they are given, and have the right type.

The service checks everything else. `name` is the argument's name, for the error message.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast, final

from . import ids
from .clock import Clock
from .errors import ConfigurationError
from .outside import MOST, is_number
from .secret import Secret, Text, opened

_USER_POOL_ID = re.compile(r"[\w-]+_[0-9a-zA-Z]+", re.ASCII)
_LONGEST_USER_POOL_ID = 55


@final
class NotGiven:
    """The default of an argument for which `None` is a value."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven()


def text(value: Any, name: str) -> str:
    """Check that an argument is a string that can be sent: not empty, and expressible in UTF-8. Return it."""
    if (problem := _problem(value)) is not None:
        raise ConfigurationError(f"{name} {problem}")
    checked: str = value
    return checked


def user_pool_id(value: Any) -> str:
    """Check that an argument has the form of the id of a user pool. Return it."""
    checked = text(value, "user_pool_id")
    if not _USER_POOL_ID.fullmatch(checked) or len(checked) > _LONGEST_USER_POOL_ID:
        hint = ids.hint("user_pool_id", checked)
        raise ConfigurationError(f"user_pool_id must look like eu-central-1_AbCdEfGhI (at most 55 characters){hint}")
    return checked


def secret(value: Any, name: str) -> Secret[str]:
    """Check a secret string like `text`, and return it. `mask` has already wrapped it in a `Secret`."""
    if (problem := _problem(opened(value))) is not None:
        raise ConfigurationError(f"{name} {problem}")
    checked: Secret[str] = Secret.of(value)
    return checked


def texts(value: Any, name: str) -> dict[str, str]:
    """Check that an argument is a mapping of strings to strings. Return it as a dictionary; `None` becomes `{}`."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{name} must be a mapping of str to str, not {type(opened(value)).__name__}")
    given = dict(cast("Mapping[str, str]", value))
    for key, item in given.items():
        text(key, f"a name in {name}")
        if (problem := _problem_of_item(opened(item))) is not None:
            raise ConfigurationError(f"{name}[{key!r}] {problem}")
    return given


def secret_texts(value: Any, name: str) -> dict[str, Text]:
    """Check a mapping with secret values like `texts`. `mask` has already wrapped the values in `Secret`s."""
    return {**texts(value, name)}


def clock(value: Any) -> Clock | None:
    """Check that an argument is a clock, or `None`. Return it."""
    if value is not None and not (isinstance(value, Clock) and value.now().tzinfo is not None):
        raise ConfigurationError("clock must be a lowlevel.Clock whose now() has a time zone")
    return value


def seconds(value: Any, name: str) -> float | None:
    """Check that a time limit is a positive number of seconds, or `None` for no limit. Return it."""
    if value is None:
        return None
    if not is_number(value, 0, math.inf) or value == 0:
        raise ConfigurationError(f"{name} must be a positive number of seconds, or None for no limit")
    return math.inf if value > MOST else float(value)


def _problem(value: Any) -> str | None:
    """Describe why this value cannot be sent. The caller raises: a traceback of this frame would show the value."""
    if not isinstance(value, str):
        return f"must be a str, not {'bytes' if isinstance(value, bytes) else type(value).__name__}"
    return _problem_of_characters(value) if value else "must not be empty"


def _problem_of_item(value: Any) -> str | None:
    if not isinstance(value, str):
        return f"must be a str, not {type(value).__name__}: the service stores every value as a string"
    return _problem_of_characters(value)


def _problem_of_characters(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return "contains a character that UTF-8 cannot express (a lone surrogate)"
    return None
