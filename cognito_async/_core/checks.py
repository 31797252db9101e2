"""Arguments are looked at before anything is sent: what must be there, and of which type; the rest is the service's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast, final

from .errors import ConfigurationError
from .secret import Secret, Text, opened


@final
class NotGiven:
    """The default of an argument for which `None` has a meaning of its own."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven()


def text(value: Any, name: str) -> str:
    """A text that can be sent: not empty, and expressible in UTF-8."""
    if (problem := _problem(value)) is not None:
        raise ConfigurationError(f"{name} {problem}")
    checked: str = value
    return checked


def secret(value: Any, name: str) -> Secret[str]:
    """A text that must not show, which `mask` has made a secret: checked as `text`."""
    if (problem := _problem(opened(value))) is not None:
        raise ConfigurationError(f"{name} {problem}")
    checked: Secret[str] = Secret.of(value)
    return checked


def texts(value: Any, name: str) -> dict[str, str]:
    """A mapping of texts to texts; `None` is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{name} must be a mapping of texts to texts, not {type(opened(value)).__name__}")
    given = dict(cast("Mapping[str, str]", value))
    for key, item in given.items():
        text(key, f"a name in {name}")
        if (problem := _problem_of_item(opened(item))) is not None:
            raise ConfigurationError(f"{name}[{key!r}] {problem}")
    return given


def secret_texts(value: Any, name: str) -> dict[str, Text]:
    """A mapping of texts to texts that must not show, which `mask` has made secrets: checked as `texts`."""
    return {**texts(value, name)}


def seconds(value: Any, name: str) -> float | None:
    """A positive number of seconds, or `None` for no limit."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigurationError(f"{name} must be a positive number of seconds, or None for no limit")
    return float(value)


def _problem(value: Any) -> str | None:
    """What keeps this from being sent. It returns that, because what raises shows its locals."""
    if not isinstance(value, str):
        return f"must be a text, not {'bytes' if isinstance(value, bytes) else type(value).__name__}"
    return _problem_of_characters(value) if value else "must not be empty"


def _problem_of_item(value: Any) -> str | None:
    if not isinstance(value, str):
        return f"must be a text, not {type(value).__name__}: the service keeps every value as text"
    return _problem_of_characters(value)


def _problem_of_characters(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return "holds a character that UTF-8 cannot express (a lone surrogate)"
    return None
