"""Arguments are looked at before anything is sent: what must be there, and of which type; the rest is the service's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

from .errors import ConfigurationError
from .redact import Masked


@final
class NotGiven:
    """The default of an argument for which `None` has a meaning of its own."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven()


def text(value: Any, name: str) -> str:
    """A text that can be sent: not empty, and expressible in UTF-8."""
    if not isinstance(value, str):
        kind = "bytes" if isinstance(value, bytes) else type(value).__name__
        raise ConfigurationError(f"{name} must be a text, not {kind}")
    if not value:
        raise ConfigurationError(f"{name} must not be empty")
    _encodable(value, name)
    return value


def secret(value: Any, name: str) -> Masked:
    """A text that must not show: checked as `text`."""
    return Masked(text(value, name))


def texts(value: Any, name: str) -> dict[str, str]:
    """A mapping of texts to texts; `None` is an empty one."""
    whole: Any = value  # not narrowed by what follows
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{name} must be a mapping of texts to texts, not {type(value).__name__}")
    given: dict[str, str] = dict(whole)
    for key, item in given.items():
        text(key, f"a name in {name}")
        if not isinstance(item, str):
            raise ConfigurationError(
                f"{name}[{key!r}] must be a text, not {type(item).__name__}: the service keeps every value as text"
            )
        _encodable(item, f"{name}[{key!r}]")
    return given


def seconds(value: Any, name: str) -> float | None:
    """A positive number of seconds, or `None` for no limit."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigurationError(f"{name} must be a positive number of seconds, or None for no limit")
    return float(value)


def _encodable(value: str, name: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(f"{name} holds a character that UTF-8 cannot express (a lone surrogate)") from None
