"""Redaction: hides secret arguments from tracebacks, and removes secrets from a server's messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from .secret import MASK, Secret, opened

T = TypeVar("T")

# Shorter secrets are not removed from messages, because they can occur by chance within ordinary words.
_SHORTEST_SCRUBBED = 6


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


def scrub(text: str, secrets: Iterable[str | Secret[str]]) -> str:
    """Return `text` with all secrets masked. A server's error message can echo parts of the request."""
    for secret in sorted(map(opened, secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST_SCRUBBED:
            text = text.replace(secret, MASK)
    return text
