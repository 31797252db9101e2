"""The schema of users' attributes: those that every pool has, and a pool's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StandardAttribute:
    """A change to one of the attributes that every pool has, such as `birthdate`.

    Args:
        required: whether users must set it when they sign up, and cannot delete it; off by default.
        mutable: whether it can be changed later; on by default.
        minimum_length, maximum_length: the limits of its value, in characters; `None` for the service's.
    """

    name: str
    required: bool = False
    mutable: bool = True
    minimum_length: int | None = None
    maximum_length: int | None = None


@dataclass(frozen=True, slots=True)
class CustomAttribute:
    """An attribute that calls name `custom:<name>`, or `dev:custom:<name>` if only administrators may write it.

    Args:
        mutable: whether it can be changed later; on by default.
        developer_only: whether only administrators may write it; off by default.
        minimum_length, maximum_length: the limits of a string, in characters.
        minimum_value, maximum_value: the limits of a number; none by default.
    """

    name: str
    type: Literal["String", "Number", "DateTime", "Boolean"] = "String"
    minimum_length: int = 0
    maximum_length: int = 2048
    mutable: bool = True
    developer_only: bool = False
    minimum_value: int | None = None
    maximum_value: int | None = None
