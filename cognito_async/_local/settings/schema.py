"""The schema of users' attributes: those that every pool has, and a pool's own."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from ..._core.errors import ConfigurationError
from .field_types import check_fields

AttributeType = Literal["String", "Number", "DateTime", "Boolean"]

LONGEST: Final = 2048
_LONGEST_NAME = 20


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that users of a pool can have, under the name that calls use.

    `minimum` and `maximum` are the limits of a string's length, or of a number; `None` for no limit.
    """

    name: str
    type: AttributeType = "String"
    required: bool = False
    mutable: bool = True
    developer_only: bool = False
    minimum: int | None = None
    maximum: int | None = None


def _text(name: str, minimum: int = 0, maximum: int = LONGEST) -> Attribute:
    return Attribute(name, minimum=minimum, maximum=maximum)


# The `SchemaAttributes` of a new pool, as `DescribeUserPool` lists them (aws-amplify/amplify-js#14199; so does moto).
# Some newer pools accept a `birthdate` of 4 characters (hashicorp/terraform-provider-aws#38197).
STANDARD: Final[Mapping[str, Attribute]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Attribute("sub", required=True, mutable=False, minimum=1, maximum=LONGEST),
            *map(_text, ("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username")),
            *map(_text, ("profile", "picture", "website", "email")),
            Attribute("email_verified", "Boolean"),
            _text("gender"),
            _text("birthdate", 10, 10),
            *map(_text, ("zoneinfo", "locale", "phone_number")),
            Attribute("phone_number_verified", "Boolean"),
            _text("address"),
            Attribute("updated_at", "Number", minimum=0),
        )
    }
)
VERIFIED_FLAGS: Final = ("email_verified", "phone_number_verified")
# `CreateUserPool` reads other names as those of custom attributes (aws/aws-cdk#14699).
CHANGEABLE: Final = tuple(name for name in STANDARD if name != "sub" and name not in VERIFIED_FLAGS)


@dataclass(frozen=True, slots=True)
class StandardAttribute:
    """A change to one of the attributes that every pool has, such as `birthdate`.

    Args:
        required: whether users must set it when they sign up, and cannot delete it; off by default.
        mutable: whether it can be changed later; on by default.
        minimum_length, maximum_length: the limits of its value, in characters; `None` for the service's.

    Raises:
        ConfigurationError: if pools have no such attribute, or a limit is invalid.
    """

    name: str
    required: bool = False
    mutable: bool = True
    minimum_length: int | None = None
    maximum_length: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.name not in CHANGEABLE:
            raise ConfigurationError(f"a StandardAttribute must be one of {', '.join(CHANGEABLE)}")
        changed = self.attribute()
        if changed.type == "String":
            _check_lengths(self.name, changed.minimum, changed.maximum)
        elif (self.minimum_length, self.maximum_length) != (None, None):
            raise ConfigurationError(f"{self.name} is no string, so it must have no minimum_length or maximum_length")

    def attribute(self) -> Attribute:
        """Return the attribute with this change."""
        known = STANDARD[self.name]
        return replace(
            known,
            required=self.required,
            mutable=self.mutable,
            minimum=known.minimum if self.minimum_length is None else self.minimum_length,
            maximum=known.maximum if self.maximum_length is None else self.maximum_length,
        )


@dataclass(frozen=True, slots=True)
class CustomAttribute:
    """An attribute that calls name `custom:<name>`, or `dev:custom:<name>` if only administrators may write it.

    Args:
        name: its name without the prefix, up to 20 characters.
        type: the type of its values; a string by default. Dates and times have the format of ISO 8601. A Boolean is
            `true` or `false`.
        mutable: whether it can be changed later; on by default. Otherwise, it can only be set when the user is created.
        developer_only: whether only administrators may write it; off by default.
        minimum_length, maximum_length: the limits of a string, in characters.
        minimum_value, maximum_value: the limits of a number; none by default.

    Raises:
        ConfigurationError: if the name or a limit is invalid, or a limit is for another type.
    """

    name: str
    type: AttributeType = "String"
    minimum_length: int = 0
    maximum_length: int = LONGEST
    mutable: bool = True
    developer_only: bool = False
    minimum_value: int | None = None
    maximum_value: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        self._check_name()
        if self.type == "String":
            _check_lengths(self.name, self.minimum_length, self.maximum_length)
        elif (self.minimum_length, self.maximum_length) != (0, LONGEST):
            raise ConfigurationError(f"{self.name} is no string, so it must have no minimum_length or maximum_length")
        if self.type != "Number" and (self.minimum_value, self.maximum_value) != (None, None):
            raise ConfigurationError(f"{self.name} is no number, so it must have no minimum_value or maximum_value")
        low, high = self.minimum_value, self.maximum_value
        if any(limit is not None and abs(limit) >= 10**LONGEST for limit in (low, high)):
            raise ConfigurationError(f"the limits of {self.name} must have at most {LONGEST} digits, like its values")
        if low is not None and high is not None and low > high:
            raise ConfigurationError(f"the minimum_value of {self.name} must not be above its maximum_value")

    def _check_name(self) -> None:
        if not 1 <= len(self.name) <= _LONGEST_NAME or not self.name.isprintable() or " " in self.name:
            raise ConfigurationError(
                f"the name of a CustomAttribute must have 1 to {_LONGEST_NAME} characters, without spaces"
            )
        if self.name.startswith(("custom:", "dev:")):
            raise ConfigurationError(f"the CustomAttribute {self.name} must be given without its prefix")
        if self.name in STANDARD:
            raise ConfigurationError(
                f"every pool has the attribute {self.name}: change it with a StandardAttribute, or use another name"
            )

    def attribute(self) -> Attribute:
        """Return the attribute under the name that calls use."""
        name = f"{'dev:' if self.developer_only else ''}custom:{self.name}"
        limits: tuple[int | None, int | None] = self.minimum_value, self.maximum_value
        if self.type == "String":
            limits = self.minimum_length, self.maximum_length
        return Attribute(name, self.type, False, self.mutable, self.developer_only, *limits)


@functools.lru_cache(maxsize=64)
def schema_of(
    standard: tuple[StandardAttribute, ...], custom: tuple[CustomAttribute, ...], required: tuple[str, ...]
) -> Mapping[str, Attribute]:
    """Return the attributes of a pool by name: the standard ones with the pool's changes, then the pool's own."""
    schema = {**STANDARD, **{each.name: each.attribute() for each in standard}}
    schema |= {name: replace(schema[name], required=True) for name in required}
    return MappingProxyType(schema | {each.attribute().name: each.attribute() for each in custom})


def _check_lengths(name: str, minimum: int | None, maximum: int | None) -> None:
    if not 0 <= (minimum or 0) <= (maximum or 0) <= LONGEST:
        raise ConfigurationError(f"the limits of {name} must be 0 to {LONGEST}, and the minimum not above the maximum")
