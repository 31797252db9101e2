"""The hand-written constraints of requests, compared with botocore's model of the service, member by member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cognito_async._local.operations import USER_POOLS
from cognito_async._local.wire.management_shapes import DOMAIN
from cognito_async._local.wire.shape_parts import NEW_USERS_PASSWORD, PASSWORD
from cognito_async._local.wire.shapes import SHAPES
from cognito_async._local.wire.validation import Flag, Listing, Shape, Structure, Table, Text, TextMap, Whole
from tests.declared import service_model

KINDS = {
    Structure: "structure",
    Listing: "list",
    TextMap: "map",
    Table: "map",
    Text: "string",
    Flag: "boolean",
    Whole: "integer",
}
# The constraints that a shape of the model can have.
CONSTRAINTS = frozenset({"min", "max", "pattern", "enum", "sensitive"})
LARGEST = 2**31 - 1
MODELS_PASSWORD = r"[\S]+"
MODELS_DOMAIN = r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$"


@pytest.mark.parametrize("operation", SHAPES)
def test_constraints_equal_the_services_model(operation: str) -> None:
    theirs = service_model().operation_model(operation)
    assert not list(differences(operation, SHAPES[operation], theirs.input_shape))


@pytest.mark.parametrize("operation", SHAPES)
def test_calls_are_signed_unless_the_model_says_otherwise(operation: str) -> None:
    is_signed = service_model().operation_model(operation).auth_type != "none"
    assert USER_POOLS.operations[operation].signed == is_signed


def differences(path: str, ours: Shape, theirs: Any, *, hidden: bool = False) -> Iterator[object]:
    """Yield each difference. What is in a sensitive structure of the model (`hidden`) is sensitive too."""
    if theirs.type_name != KINDS[type(ours)]:
        yield path, KINDS[type(ours)], theirs.type_name
        return
    wanted = {name: value for name, value in theirs.metadata.items() if name in CONSTRAINTS}
    hidden = bool(wanted.pop("sensitive", False)) or hidden
    if isinstance(ours, Text | TextMap):
        wanted["sensitive"] = hidden
    if isinstance(ours, Whole):
        wanted.setdefault("max", LARGEST)
    if real(constraints(ours)) != real(wanted):
        yield path, real(constraints(ours)), real(wanted)
    yield from inner_differences(path, ours, theirs, hidden)


def inner_differences(path: str, ours: Shape, theirs: Any, hidden: bool) -> Iterator[object]:
    match ours:
        case Structure(members, required):
            if set(members) != set(theirs.members) or required != set(theirs.required_members):
                yield path, set(members) ^ set(theirs.members), required ^ set(theirs.required_members)
            for name in set(members) & set(theirs.members):
                yield from differences(f"{path}.{name}", members[name], theirs.members[name], hidden=hidden)
        case Listing(of):
            yield from differences(f"{path}[]", of, theirs.member, hidden=hidden)
        case Table(name, of):
            yield from differences(f"{path}{{}}", name, theirs.key, hidden=hidden)
            yield from differences(f"{path}{{}}", of, theirs.value, hidden=hidden)
        case TextMap(name, value):
            for part, each in ((name, theirs.key), (value, theirs.value)):
                yield from differences(f"{path}{{}}", replace(part, sensitive=hidden), each, hidden=hidden)
        case _:
            pass


def constraints(ours: Shape) -> dict[str, object]:
    match ours:
        case Text():
            limits = {"min": ours.minimum, "max": ours.maximum, "enum": list(ours.values)}
            # For passwords, the service quotes another pattern than the model's. The model's pattern of a domain has no
            # dots, although its documentation names `auth.example.com` as a domain.
            pattern = MODELS_PASSWORD if ours in (PASSWORD, NEW_USERS_PASSWORD) else ours.pattern
            pattern = MODELS_DOMAIN if pattern == DOMAIN.pattern else pattern
            return {**limits, "pattern": pattern, "sensitive": ours.sensitive}
        case Whole(minimum, maximum):
            return {"min": None if minimum == -LARGEST - 1 else minimum, "max": maximum}
        case Listing(_, minimum, most):
            return {"min": minimum, "max": most}
        case Table(maximum=most):
            return {"max": most}
        case TextMap():
            return {"max": ours.maximum, "sensitive": ours.sensitive}
        case _:
            return {}


def real(limits: dict[str, object]) -> dict[str, object]:
    """Return the constraints that exclude anything: a missing maximum and a minimum of 0 do not."""
    return {name: value for name, value in limits.items() if value}
