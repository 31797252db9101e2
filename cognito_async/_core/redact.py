"""Redaction: hides secret arguments from tracebacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from .secret import Secret

T = TypeVar("T")


def mask(value: T) -> T:
    """Wrap a string or bytes, or the values of a mapping, in a `Secret`. Other types are returned unchanged.

    A public method that takes a secret begins with `password = mask(password)`, so that a traceback with local
    variables does not show the secret if an error is raised later. For the type checker, the type of the argument does
    not change. `checks.secret` and `Secret.of` return it as a `Secret` for the type checker too.
    """
    whole: Any = value  # because `isinstance` narrows `value`
    if value is None or type(whole) is Secret:  # the most frequent cases
        return value
    if isinstance(value, (str, bytes)):
        return cast("T", Secret(value))
    if isinstance(value, Mapping):
        return cast("T", {name: mask(item) for name, item in whole.items()})
    return value
