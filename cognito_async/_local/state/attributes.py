"""Users' attributes: their schema, their values, and which app clients may read or write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..settings.client import AppClientSettings
from ..settings.pool import PoolSettings
from ..settings.schema import CustomAttribute
from ..wire.refusals import invalid_parameter, not_authorized
from .entities import User

_STANDARD = frozenset(
    {
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
    }
)
_UNKNOWN = "Attribute does not exist in the schema."
# The attribute with a user's accounts at identity providers, as JSON. Only `admin.providers` writes it.
IDENTITIES = "identities"
VERIFIED_FLAGS = ("email_verified", "phone_number_verified")


def is_email(text: str) -> bool:
    return re.fullmatch(r"[^\s@]+@[^\s@]+", text) is not None


def is_phone_number(text: str) -> bool:
    return re.fullmatch(r"\+[0-9]{1,15}", text) is not None


def from_wire(listed: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {each["Name"]: each.get("Value") or "" for each in listed}


def to_wire(attributes: Mapping[str, str], only: Iterable[str] | None = None) -> list[dict[str, str]]:
    chosen = attributes if only is None else [name for name in attributes if name in set(only)]
    return [{"Name": name, "Value": attributes[name]} for name in chosen]


def readable(user: User, client: AppClientSettings) -> dict[str, str]:
    """Return the attributes that this client may read. They always include `sub`."""
    allowed = client.read_attributes
    attributes = {"sub": user.sub, **user.attributes}
    return {name: value for name, value in attributes.items() if name == "sub" or allowed is None or name in allowed}


def trigger_attributes(user: User) -> dict[str, str]:
    """Return the `userAttributes` of a trigger event. Like the service, add the user's status to them."""
    return {"sub": user.sub, "cognito:user_status": user.status, **user.attributes}


def check_attributes(attributes: Mapping[str, str], settings: PoolSettings) -> None:
    """Refuse attributes that are not in the pool's schema, or whose values the schema does not accept."""
    if "sub" in attributes:
        raise invalid_parameter("Cannot modify the non-mutable attribute sub")
    custom = _custom(settings)
    problems = [
        f"{name}: {problem}"
        for name, value in attributes.items()
        if (problem := _problem(name, value, custom.get(name))) is not None
    ]
    if problems:
        raise _not_conforming(problems)
    if not is_email(attributes.get("email", "a@b")):
        raise invalid_parameter("Invalid email address format.")
    if not is_phone_number(attributes.get("phone_number", "+1")):
        raise invalid_parameter("Invalid phone number format.")


def check_names(names: Iterable[str], settings: PoolSettings) -> None:
    """Refuse the deletion of attributes that are not in the pool's schema."""
    if "sub" in names:
        raise invalid_parameter("Cannot modify the non-mutable attribute sub")
    unknown = [name for name in names if name not in _STANDARD and name not in _custom(settings)]
    if unknown:
        raise _not_conforming([f"{name}: {_UNKNOWN}" for name in unknown])


def is_known(name: str, settings: PoolSettings) -> bool:
    """Return whether users of this pool can have an attribute with this name."""
    return name in ("sub", IDENTITIES) or name in _STANDARD or name in _custom(settings)


def check_required(attributes: Mapping[str, str], settings: PoolSettings) -> None:
    problems = [f"{name}: The attribute is required" for name in missing(attributes, settings)]
    if problems:
        raise _not_conforming(problems)


def missing(attributes: Mapping[str, str], settings: PoolSettings) -> list[str]:
    return [name for name in settings.required_attributes if not attributes.get(name)]


def is_required(name: str, settings: PoolSettings) -> bool:
    return name in settings.required_attributes


def check_writable(attributes: Iterable[str], client: AppClientSettings) -> None:
    """Refuse attributes that the client may not write. No client may mark a contact as verified."""
    allowed = client.write_attributes
    for name in attributes:
        if name in VERIFIED_FLAGS or (allowed is not None and name not in allowed):
            raise not_authorized("A client attempted to write unauthorized attribute")


def _problem(name: str, value: str, custom: CustomAttribute | None) -> str | None:
    if custom is None:
        return None if name in _STANDARD else _UNKNOWN
    if custom.type == "Number":
        return None if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) else "Attribute value is not a number."
    if len(value) > custom.maximum_length:
        return f"String must be no longer than {custom.maximum_length} characters"
    if len(value) < custom.minimum_length:
        return f"String must be at least {custom.minimum_length} characters"
    return None


def _custom(settings: PoolSettings) -> dict[str, CustomAttribute]:
    return {f"custom:{each.name}": each for each in settings.custom_attributes}


def _not_conforming(problems: list[str]) -> Exception:
    return invalid_parameter("Attributes did not conform to the schema: " + "\n".join(problems))
