"""Redaction: how a secret is hidden in arguments, and removed from the texts of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from .secret import MASK, Secret, opened

T = TypeVar("T")

# A shorter value would also be found in words where it means nothing.
_SHORTEST_SCRUBBED = 6


def mask(value: T) -> T:
    """Return a string or bytes, or those in a mapping, as a `Secret`; anything else, which is a mistake, as it is.

    A public method that takes a secret begins with `password = mask(password)`, so that a traceback with locals, from
    whatever is raised below, does not show it. Its type stays that of the argument: `checks.secret` and `Secret.of`
    have the true one.
    """
    whole: Any = value  # not narrowed by what follows
    if value is None or type(whole) is Secret:  # which is what most arguments are
        return value
    if isinstance(value, (str, bytes)):
        return cast("T", Secret(value))
    if isinstance(value, Mapping):
        return cast("T", {name: mask(item) for name, item in whole.items()})
    return value


def scrub(text: str, secrets: Iterable[str | Secret[str]]) -> str:
    """Return `text` without any of the secrets: what a server echoes must not reach an error message."""
    for secret in sorted(map(opened, secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST_SCRUBBED:
            text = text.replace(secret, MASK)
    return text
