"""Users' attributes: their schema, their values, and which app clients may read or write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..settings.client import AppClientSettings
from ..settings.pool import PoolSettings
from ..settings.schema import VERIFIED_FLAGS, Attribute
from ..wire.refusals import invalid_parameter, not_authorized
from .attribute_values import is_email, is_phone_number, problem
from .entities import User

_UNKNOWN = "Attribute does not exist in the schema."
# The attribute with a user's accounts at identity providers, as JSON. Only `admin.providers` writes it.
IDENTITIES = "identities"


def from_wire(listed: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return attributes by name. The service takes `True` for a verified contact too (aws-amplify/amplify-js#8205)."""
    given = {each["Name"]: each.get("Value") or "" for each in listed}
    return given | {flag: given[flag].lower() for flag in VERIFIED_FLAGS if flag in given}


def to_wire(attributes: Mapping[str, str], only: Iterable[str] | None = None) -> list[dict[str, str]]:
    chosen = attributes if only is None else [name for name in attributes if name in set(only)]
    return [{"Name": name, "Value": attributes[name]} for name in chosen]


def readable(user: User, client: AppClientSettings) -> dict[str, str]:
    """Return the attributes that this client may read. They always include `sub` and the linked accounts."""
    allowed, always = client.read_attributes, ("sub", IDENTITIES)
    attributes = {"sub": user.sub, **user.attributes}
    return {name: value for name, value in attributes.items() if name in always or allowed is None or name in allowed}


def trigger_attributes(user: User) -> dict[str, str]:
    """Return the `userAttributes` of a trigger event. Like the service, add the user's status to them."""
    return {"sub": user.sub, "cognito:user_status": user.status, **user.attributes}


def check_attributes(attributes: Mapping[str, str], settings: PoolSettings) -> None:
    """Refuse attributes of a new user that are not in the pool's schema, or whose values it does not accept."""
    _check_sub(attributes)
    schema = settings.schema
    for name in attributes:
        # Of the service's texts for a custom attribute that the pool lacks, this is the newer one. It names one only.
        if name not in schema and ":" in name:
            raise _not_conforming([f"Type for attribute {{{name}}} could not be determined"])
    problems = [
        f"{name}: {found}"
        for name, value in attributes.items()
        if (found := problem(schema[name], value) if name in schema else _UNKNOWN) is not None
    ]
    if problems:
        raise _not_conforming(problems)
    _check_contacts(attributes)


def check_changes(given: Mapping[str, str], settings: PoolSettings) -> None:
    """Refuse changes that the pool's schema does not allow. A blank value deletes the attribute.

    An immutable attribute can only be set when the user is created. Later, the service refuses even its first value
    (measured in September 2026), and the same value again (aws-amplify/amplify-js#3526).
    """
    _check_sub(given)
    schema = settings.schema
    fixed = [
        f"user.{name}: {'Attribute cannot be updated.' if name in schema else _UNKNOWN}"
        for name in given
        if name not in schema or not schema[name].mutable
    ]
    if fixed:
        raise invalid_parameter(_lines(fixed))
    problems = [
        f"{name}: {found}"
        for name, value in given.items()
        if (found := problem(schema[name], value) if value else _deletion_problem(schema[name])) is not None
    ]
    if problems:
        raise invalid_parameter(f"Invalid user attributes: {_lines(problems)}")
    _check_contacts({name: value for name, value in given.items() if value})


def is_known(name: str, settings: PoolSettings) -> bool:
    """Return whether users of this pool can have an attribute with this name."""
    return name == IDENTITIES or name in settings.schema


def check_required(attributes: Mapping[str, str], settings: PoolSettings) -> None:
    problems = [f"{name}: The attribute is required" for name in missing(attributes, settings)]
    if problems:
        raise _not_conforming(problems)


def missing(attributes: Mapping[str, str], settings: PoolSettings) -> list[str]:
    """Return the names of required attributes that have no value. Every user has the `sub`."""
    required = (name for name, each in settings.schema.items() if each.required and name != "sub")
    return [name for name in required if not attributes.get(name)]


def check_writable(attributes: Iterable[str], client: AppClientSettings) -> None:
    """Refuse attributes that the client may not write. No client may mark a contact as verified.

    A client without `write_attributes` may write custom attributes too, as many have found (aws/aws-cdk#30608, #21835).
    The API reference says otherwise: only the standard attributes.
    """
    allowed = client.write_attributes
    for name in attributes:
        if name in VERIFIED_FLAGS or name.startswith("dev:") or (allowed is not None and name not in allowed):
            raise not_authorized("A client attempted to write unauthorized attribute")


def _check_sub(names: Iterable[str]) -> None:
    if "sub" in names:
        raise invalid_parameter("Cannot modify the non-mutable attribute sub")


def _check_contacts(attributes: Mapping[str, str]) -> None:
    if not is_email(attributes.get("email", "a@b")):
        raise invalid_parameter("Invalid email address format.")
    if not is_phone_number(attributes.get("phone_number", "+1")):
        raise invalid_parameter("Invalid phone number format.")


def _deletion_problem(attribute: Attribute) -> str | None:
    return "Required attribute cannot be deleted." if attribute.required else None


def _not_conforming(problems: list[str]) -> Exception:
    return invalid_parameter(f"Attributes did not conform to the schema: {_lines(problems)}")


def _lines(problems: list[str]) -> str:
    """Join problems as the service does, with a line end after the last one too (aws-amplify/amplify-flutter#1531)."""
    return "".join(f"{each}\n" for each in problems)
