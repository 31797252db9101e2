"""The functions that a user passes to receive events: how they are checked and called."""

from __future__ import annotations

import logging
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeVar

T = TypeVar("T")

_log = logging.getLogger("cognito_async")


def is_plain_function(listener: Any) -> bool:
    """Return whether this object is callable and not async."""
    return callable(listener) and not any(map(iscoroutinefunction, (listener, type(listener).__call__)))


def call_listener(listener: Callable[[T], object], event: T, what: str) -> None:
    """Call the listener. If it raises an exception, log that with the message "`what` failed", and do not raise it."""
    try:
        listener(event)
    except Exception:  # noqa: BLE001 - the listener may raise anything
        _log.exception("%s failed", what)
