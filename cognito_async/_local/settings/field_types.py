"""The check that every field of some settings has a value that its annotation allows."""

from __future__ import annotations

import functools
import types
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from ..._core.errors import ConfigurationError

_PLAIN: dict[Any, str] = {str: "a string", int: "an integer", bool: "True or False", type(None): "None"}


def check_fields(settings: Any) -> None:
    """Refuse a value of another type or that is not in its `Literal`, and a tuple that repeats an item.

    An error shows no value, because it may be a secret.
    """
    for name, hint in _hints(settings.__class__).items():
        value = getattr(settings, name)
        if not _fits(value, hint):
            kind: type = value.__class__
            other = f", not a {kind.__name__}" if kind in (list, set, dict) else ""
            raise ConfigurationError(f"{name} must be {_words(hint)}{other}")
        if isinstance(value, tuple) and len(set(cast("Any", value))) < len(cast("Any", value)):
            raise ConfigurationError(f"{name} must not repeat an item")


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is Literal:
        return value in arguments
    if origin in (tuple, frozenset):
        return isinstance(value, origin) and all(_fits(each, arguments[0]) for each in cast("Any", value))
    # Compare plain types exactly, because in Python a bool is an int too.
    return type(value) is hint if hint in _PLAIN else isinstance(value, hint)


def _words(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(_words(each) for each in arguments)
    if origin is Literal:
        return f"one of {', '.join(arguments)}"
    if origin in (tuple, frozenset):
        return f"a {origin.__name__} in which each item is {_words(arguments[0])}"
    return _PLAIN.get(hint) or f"a {hint.__name__}"
