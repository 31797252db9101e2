"""Signatures that show options one by one, of functions that take them as `**options`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def show_options(
    known: type, defaults: Mapping[str, Any] | None = None, default: Any = None
) -> Callable[[FunctionT], FunctionT]:
    """Decorate a function that takes options, so that `help()` and notebooks show them one by one.

    Args:
        known: the `TypedDict` of the options.
        defaults: the defaults to show.
        default: the default of all other options.
    """

    def decorate(function: FunctionT) -> FunctionT:
        shown = inspect.signature(function)
        own = [each for each in shown.parameters.values() if each.kind is not each.VAR_KEYWORD]
        options = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=(defaults or {}).get(name, default),
                annotation=annotation.__forward_arg__,
            )
            for name, annotation in known.__annotations__.items()
        ]
        function.__signature__ = shown.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        return function

    return decorate
