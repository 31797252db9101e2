"""The hand-written constraints of requests, compared with botocore's model of the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from cognito_async._local.wire.shape_parts import PASSWORD
from cognito_async._local.wire.shapes import SHAPES
from cognito_async._local.wire.validation import Flag, Listing, Shape, Structure, Text, TextMap, Whole

MODEL: Any = botocore.session.get_session().get_service_model("cognito-idp")
# The model's value for a missing limit.
ANY_LENGTH = 131072
LARGEST = 2**31 - 1


@pytest.mark.parametrize("operation", SHAPES)
def test_constraints_equal_the_services_model(operation: str) -> None:
    assert not list(differences(operation, SHAPES[operation], MODEL.operation_model(operation).input_shape))


def differences(path: str, ours: Shape, theirs: Any) -> Iterator[object]:
    match ours:
        case Structure(members, required):
            if set(members) != set(theirs.members) or required != set(theirs.required_members):
                yield path, set(members) ^ set(theirs.members), required ^ set(theirs.required_members)
            for name in set(members) & set(theirs.members):
                yield from differences(f"{path}.{name}", members[name], theirs.members[name])
        case Listing(of):
            yield from differences(f"{path}[]", of, theirs.member)
        case Text():
            yield from ((path, what, each) for what, each in compared(ours, theirs.metadata) if each[0] != each[1])
        case Whole():
            if (ours.minimum, ours.maximum) != (theirs.metadata["min"], theirs.metadata.get("max", LARGEST)):
                yield path, ours, theirs.metadata
        case _:
            if theirs.type_name != {Flag: "boolean", TextMap: "map"}[type(ours)]:
                yield path, ours, theirs.type_name


def compared(ours: Text, model: dict[str, Any]) -> Iterator[tuple[str, tuple[object, object]]]:
    longest = model.get("max")
    yield "minimum", (ours.minimum, model.get("min", 0))
    yield "maximum", (ours.maximum or ANY_LENGTH, longest or ANY_LENGTH)
    if ours is not PASSWORD:  # the service quotes another pattern than the model's
        yield "pattern", (ours.pattern, model.get("pattern"))
    yield "values", (list(ours.values), model.get("enum", []))
    yield "sensitive", (ours.sensitive, model.get("sensitive", False))
