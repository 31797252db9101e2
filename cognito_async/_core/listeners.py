"""Functions of a caller's own that are told of something: checked when they are given, and harmless when they fail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeVar

T = TypeVar("T")

_log = logging.getLogger("cognito_async")


def is_plain_function(listener: Any) -> bool:
    """Whether it can be told of something without waiting for it."""
    return callable(listener) and not any(map(iscoroutinefunction, (listener, type(listener).__call__)))


def call_listener(listener: Callable[[T], object], event: T, what: str) -> None:
    """Call the listener; if it fails, that is logged ("… failed"), and breaks nothing."""
    try:
        listener(event)
    except Exception:  # noqa: BLE001 - it is the listener's own
        _log.exception("%s failed", what)
