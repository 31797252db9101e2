"""A pool's schema of attributes: `Schema` and `CustomAttributes` in requests, `SchemaAttributes` in descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..settings.pool import PoolSettings
from ..settings.schema import CHANGEABLE, LONGEST, STANDARD, Attribute, CustomAttribute, StandardAttribute
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import not_supported, settle

_CONSTRAINTS = {
    "String": ("StringAttributeConstraints", "MinLength", "MaxLength"),
    "Number": ("NumberAttributeConstraints", "MinValue", "MaxValue"),
}


@dataclass(frozen=True, slots=True)
class Schema:
    """The attributes of a request, and the constraints in it, which descriptions repeat, by full names."""

    custom: tuple[CustomAttribute, ...]
    standard: tuple[StandardAttribute, ...]
    required: tuple[str, ...]
    constraints: Mapping[str, Mapping[str, str]]


def read_schema(given: Iterable[Request], *, custom_only: bool = False) -> Schema:
    """Return the attributes of `Schema`; `custom_only` for `CustomAttributes`, which cannot change a standard one."""
    custom: list[CustomAttribute] = []
    standard: list[StandardAttribute] = []
    required: list[str] = []
    constraints: dict[str, Mapping[str, str]] = {}
    for each in given:
        name: str = each.get("Name") or ""
        if name in CHANGEABLE and not custom_only:
            constraints[name] = _read_standard(each, name, standard, required)
        else:
            full = full_name(name, developer_only=each.get("DeveloperOnlyAttribute", False))
            if full in constraints or not name:
                raise exists(name, full) if name else invalid_parameter("Every attribute must have a Name.")
            attribute, constraints[full] = _read_custom(each, name)
            custom.append(attribute)
    return Schema(tuple(custom), tuple(standard), tuple(required), constraints)


def full_name(name: str, *, developer_only: bool) -> str:
    return f"dev:custom:{name}" if developer_only else f"custom:{name}"


def exists(name: str, full: str) -> Exception:
    return invalid_parameter(f"custom:{name}: Existing attribute already has name {full}.")


def show_schema(settings: PoolSettings, constraints: Mapping[str, Mapping[str, str]]) -> list[Reply]:
    """Return the description of all attributes. `constraints` are those of requests, which it repeats."""
    return [_shown(each, constraints.get(each.name)) for each in settings.schema.values()]


def _shown(attribute: Attribute, given: Mapping[str, str] | None) -> Reply:
    shown: Reply = {
        "Name": attribute.name,
        "AttributeDataType": attribute.type,
        "DeveloperOnlyAttribute": attribute.developer_only,
        "Mutable": attribute.mutable,
        "Required": attribute.required,
    }
    limits = given or _limits_of(attribute)
    if attribute.type == "String" or (attribute.type == "Number" and limits):
        shown[_CONSTRAINTS[attribute.type][0]] = dict(limits)
    return shown


def _limits_of(attribute: Attribute) -> dict[str, str]:
    if attribute.type not in _CONSTRAINTS:
        return {}
    low, high = attribute.minimum, attribute.maximum
    if attribute.type == "String" and attribute.name not in STANDARD:
        # Limits that change nothing are left out, like those that a request does not have.
        low, high = low or None, None if high == LONGEST else high
    _, lowest, highest = _CONSTRAINTS[attribute.type]
    return {name: str(value) for name, value in ((lowest, low), (highest, high)) if value is not None}


def _read_standard(
    given: Request, name: str, changed: list[StandardAttribute], required: list[str]
) -> Mapping[str, str]:
    """Add what a request changes of a standard attribute to these lists, and return its constraints."""
    kind, usual = STANDARD[name].type, _limits_of(STANDARD[name])
    if given.get("AttributeDataType", kind) != kind or given.get("DeveloperOnlyAttribute"):
        what = f"AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}"
        raise invalid_parameter(f"You can not change {what}")
    constraints = _given_constraints(given, kind)
    low, high = _limits(name, kind, constraints)
    if kind != "String":
        if constraints and constraints != usual:
            raise not_supported(f"limits for {name}", f"Schema.{_CONSTRAINTS[kind][0]}")
        low = high = None
    if given.get("Required", False):
        required.append(name)
    is_mutable = given.get("Mutable", True)
    if not is_mutable or (low, high) != (None, None):
        limits = {"minimum_length": low, "maximum_length": high}
        changed.append(settle(StandardAttribute, {"name": name, "mutable": is_mutable, **limits}))
    return constraints


def _read_custom(given: Request, name: str) -> tuple[CustomAttribute, Mapping[str, str]]:
    if given.get("Required", False):
        raise invalid_parameter("Required custom attributes are not supported currently.")
    kind: Any = given.get("AttributeDataType")
    if kind is None:
        raise invalid_parameter("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
    constraints = _given_constraints(given, kind)
    low, high = _limits(name, kind, constraints)
    noun = "value" if kind == "Number" else "length"
    limits = {f"{end}_{noun}": limit for end, limit in (("minimum", low), ("maximum", high)) if limit is not None}
    flags = {"mutable": given.get("Mutable", True), "developer_only": given.get("DeveloperOnlyAttribute", False)}
    return settle(CustomAttribute, {"name": name, "type": kind, **limits, **flags}), constraints


def _given_constraints(given: Request, kind: str) -> Mapping[str, str]:
    """Return the constraints of the attribute's type. Like the service, ignore those of other types."""
    constraints: Mapping[str, str] = given.get(_CONSTRAINTS[kind][0], {}) if kind in _CONSTRAINTS else {}
    return constraints


def _limits(name: str, kind: str, constraints: Mapping[str, str]) -> tuple[int | None, int | None]:
    if not constraints:
        return None, None
    member, *names = _CONSTRAINTS[kind]
    low, high = (_limit(constraints.get(each), name, member) for each in names)
    if kind == "String" and max(low or 0, high or 0) > LONGEST:
        raise invalid_parameter(f"user.{name}: String attributes cannot have a length of more than {LONGEST}")
    if low is not None and high is not None and low > high:
        noun = "length" if kind == "String" else "value"
        raise invalid_parameter(f"user.{name}: Max {noun} cannot be less than min {noun}.")
    return low, high


def _limit(text: str | None, name: str, member: str) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        pass
    raise invalid_parameter(f"Invalid {member} for schema attribute {name}")
