"""Masking: how a secret looks wherever it must not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self, TypeVar, cast

T = TypeVar("T")

MASK = "***"
# A shorter value would also be found in words where it means nothing.
_SHORTEST_SCRUBBED = 6


class _Unpickled:
    """Copied as it is, and never pickled."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("a secret is not pickled")


class Masked(_Unpickled, str):
    """A text that works as any other but shows itself as `***` in `repr`, so also in tracebacks with locals."""

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK


class MaskedBytes(_Unpickled, bytes):
    """`Masked` for bytes."""

    def __repr__(self) -> str:
        return MASK


def mask(value: T) -> T:
    """A text, bytes or mapping of them that do not show; anything else (a mistake of the caller) as it is.

    A function that takes a secret begins with `password = mask(password)`, so that a traceback with
    locals, from whatever is raised below, does not show it.
    """
    whole: Any = value  # not narrowed by what follows
    if isinstance(value, str):
        return cast("T", Masked(value))
    if isinstance(value, bytes):
        return cast("T", MaskedBytes(value))
    if isinstance(value, Mapping):
        return cast("T", {name: mask(item) for name, item in whole.items()})
    return value


def scrub(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of the secrets: what a server echoes must not reach an error message."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SCRUBBED:
            text = text.replace(secret, MASK)
    return text
