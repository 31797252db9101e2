"""What travels inside the package: classes of a few named values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def value_class(cls: type[T]) -> type[T]:
    """A dataclass that shows nothing in its `repr` and is frozen in the eyes of a type checker.

    A class frozen at run time too takes three times as long to make, half a millisecond of every program's start,
    and so do its objects. What users hold is frozen in earnest.
    """
    return dataclass(slots=True, eq=False, repr=False)(cls)
